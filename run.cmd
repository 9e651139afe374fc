@echo off
rem Makes the environment where it is missing or out of step, then hands every argument to main.py:
rem   run.cmd generate --image me.jpg --text "Hello" -o hello.mp4
setlocal
if not defined PYTHON set "PYTHON=python"
"%PYTHON%" "%~dp0scripts\environment.py"
if errorlevel 1 (
    echo Python 3.10 to 3.13 is needed; name one with: set PYTHON=C:\path\to\python.exe 1>&2
    exit /b 2
)
"%~dp0.venv\Scripts\python.exe" "%~dp0main.py" %*
exit /b %errorlevel%
