#!/bin/sh
# Makes the environment where it is missing or out of step, then hands every argument to main.py:
#   ./run.sh generate --image me.jpg --text "Hello" -o hello.mp4
set -eu

here="$(cd "$(dirname "$0")" && pwd)"
python="${PYTHON:-python3}"

if ! command -v "$python" >/dev/null 2>&1; then
    echo "There is no '$python' here. Install Python 3.10 to 3.13, or name one: PYTHON=/path/to/python ./run.sh" >&2
    exit 2
fi

"$python" "$here/scripts/environment.py"
exec "$here/.venv/bin/python" "$here/main.py" "$@"
