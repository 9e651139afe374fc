"""The vocabulary that stages pass to each other: frozen dataclasses over NumPy arrays.

Times are seconds from the start of the audio. A frame is an index at an exact rational fps; frame `i`
is shown from `i / fps`. Images are uint8 RGB (H, W, 3). Landmarks are (478, 3) float32 pixels in
MediaPipe's topology, z in pixels, smaller is nearer the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from avatar.blendshapes import (
    BLENDSHAPE_INDEX,
    BLENDSHAPES,
    GAZE_HORIZONTAL_DEGREES,
    GAZE_VERTICAL_DEGREES,
)
from avatar.face_measures import FaceMeasures

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]

SAMPLE_RATE_HZ: Final = 16_000
"""Rate of all analysis audio."""

HOP_SECONDS: Final = 0.01
"""Step of every speech feature track: element `i` describes the sound around `i * HOP_SECONDS`."""

HOP_SAMPLES: Final = 160

EmotionLabel = Literal["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"]
EMOTION_LABELS: Final[tuple[EmotionLabel, ...]] = get_args(EmotionLabel)


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


class Span(NamedTuple):
    """A stretch of time, start and end in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class AudioClip:
    """Decoded sound: mono float32 in [-1, 1] at `rate` Hz, and the file its soundtrack comes from.

    `samples` may be a read-only memory map, so that long sound needs no memory of its own.
    """

    samples: Floats
    source: Path
    rate: int = SAMPLE_RATE_HZ

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word; `confidence` in 0..1."""

    text: str
    start: float
    end: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said.

    `source` names who says so: `text` (given by the user and spoken by us), `aligned` (given with the sound), or an
    engine and its size. `language` is the code that the source uses.
    """

    text: str
    language: str
    words: tuple[Word, ...]
    source: str

    @property
    def confidence(self) -> float:
        """Of all words together, in 0..1."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else 0.0


@dataclass(frozen=True, slots=True)
class Emphasis:
    """A stressed moment: the time of its loudest point and a strength in 0..1."""

    time: float
    strength: float


@dataclass(frozen=True, slots=True)
class Prosody:
    """How it was said, on the 10 ms grid (n,).

    `loudness_db`: RMS level in dB of full scale, floored at -80. `f0_hz`: pitch, 0 where unvoiced.
    `speech`: True where somebody speaks. `phrases`: stretches of speech between pauses.
    `rate_syllables_s`: syllable nuclei per second of speech, and `rates` (n,) the same around each moment, 0
    where nobody speaks. `speakers`: for each phrase the number of the voice that speaks it, from 0 in the order
    in which they are first heard. `tilt_db`: 1 to 5 kHz over what lies below 1 kHz, None where it was not measured.
    """

    loudness_db: Floats
    f0_hz: Floats
    speech: NDArray[np.bool_]
    phrases: tuple[Span, ...]
    emphases: tuple[Emphasis, ...]
    rate_syllables_s: float
    tilt_db: Floats | None = None
    rates: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    speakers: tuple[int, ...] = ()

    @property
    def voices(self) -> int:
        """How many voices are told apart."""
        return len(set(self.speakers))


@dataclass(frozen=True, slots=True)
class LiveProsody:
    """How a stretch of live speech is said, on the 10 ms grid (n,), its first row at `at` seconds.

    `loudness_db` as in `Prosody`; `f0_hz` too, None where it was not measured. `emphases` have the same clock as `at`
    and may lie a little before it: a stress is known when its syllable is past its loudest point.
    """

    at: float
    loudness_db: Floats
    f0_hz: Floats | None = None
    emphases: tuple[Emphasis, ...] = ()


@dataclass(frozen=True, slots=True)
class VisemeTrack:
    """What the lips do, on the 10 ms grid.

    `probabilities` (n, 15): weight of each Oculus viseme, rows sum to 1.
    `opening`, `width`, `rounding`, `closure` (n,): inner-lip opening (0 closed, 1 the widest vowel),
    lip spreading (0 narrow, 0.5 rest, 1 wide), rounding (0..1) and lip closure (0..1, 1 pressed shut).
    """

    probabilities: Floats
    opening: Floats
    width: Floats
    rounding: Floats
    closure: Floats


@dataclass(frozen=True, slots=True)
class Emotion:
    """What somebody seems to feel; valence and arousal in -1..1, confidence in 0..1."""

    label: EmotionLabel = "neutral"
    valence: float = 0.0
    arousal: float = 0.0
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class EmotionReading:
    """What one source says: `source` is `voice`, `words`, `face` or the name of a learned model.

    `scores`: the share of each label, all seven, together 1. Valence and arousal in -1..1, confidence in 0..1.
    """

    source: str
    scores: dict[EmotionLabel, float]
    valence: float
    arousal: float
    confidence: float


@dataclass(frozen=True, slots=True)
class TimedEmotion:
    """An emotion over a stretch of time, and what each source said of it."""

    span: Span
    emotion: Emotion
    sources: tuple[EmotionReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Speech:
    """All that is known of a sound: what was said, how, and what lips do. All tracks have one length.

    `heard_by` names what found the speech: `own`, `silero`, or `text` where the sounds of the text are known.
    """

    duration: float
    prosody: Prosody
    visemes: VisemeTrack
    transcript: Transcript | None = None
    heard_by: str = "own"

    @property
    def is_silent(self) -> bool:
        return not self.prosody.phrases


@dataclass(frozen=True, slots=True)
class FaceMotion:
    """What the face does, frame by frame.

    `blendshapes` (n, 52): ARKit order, 0..1, absolute: `jawOpen` 0 is a closed mouth.
    `pose` (n, 6): pitch, yaw, roll in degrees (yaw positive to the subject's left, pitch positive up,
    roll positive towards the subject's own left shoulder), then x, y, z in inter-ocular distances
    (x positive to the subject's left, y positive up, z positive towards the camera); all relative
    to the portrait's own pose.
    """

    fps: Fraction
    blendshapes: Floats
    pose: Floats

    def __post_init__(self) -> None:
        n = len(self.blendshapes)
        if self.blendshapes.shape != (n, len(BLENDSHAPES)) or self.pose.shape != (n, 6):
            raise ValueError(f"motion of {self.blendshapes.shape} and {self.pose.shape}; want (n, 52) and (n, 6)")

    def __len__(self) -> int:
        return len(self.blendshapes)

    def __getitem__(self, frames: slice) -> "FaceMotion":
        return replace(self, blendshapes=self.blendshapes[frames], pose=self.pose[frames])

    def shape(self, name: str) -> Floats:
        """The curve (n,) of one blendshape, by its ARKit name."""
        return self.blendshapes[:, BLENDSHAPE_INDEX[name]]

    @property
    def gaze(self) -> Floats:
        """Mean direction of both eyes (n, 2) in degrees: yaw positive to the subject's left, pitch positive up."""
        yaw = self.shape("eyeLookOutLeft") - self.shape("eyeLookInLeft")
        yaw = yaw + self.shape("eyeLookInRight") - self.shape("eyeLookOutRight")
        pitch = self.shape("eyeLookUpLeft") - self.shape("eyeLookDownLeft")
        pitch = pitch + self.shape("eyeLookUpRight") - self.shape("eyeLookDownRight")
        scale = np.array([GAZE_HORIZONTAL_DEGREES / 2, GAZE_VERTICAL_DEGREES / 2], np.float32)
        return np.stack([yaw, pitch], axis=1) * scale


@dataclass(frozen=True, slots=True)
class Footage:
    """A video of a person, cut and sampled like the portrait that carries it.

    `path`: the file with its frames, video only, frame `i` at `pts` `i`. `times` (n,): when each is shown, seconds
    from 0. `duration`: seconds until the last one ends. `landmarks` (n, 478, 3), NaN where there is no face.
    """

    path: Path
    times: NDArray[np.float64]
    duration: float
    landmarks: Floats

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Cutout:
    """The person of a portrait, to be laid over another background.

    `front` (H, W, 4) uint8 RGBA, straight alpha: the person's own colours, which go on past the soft edges. `behind`
    (H, W, 3) uint8 RGB lies behind; None where the video is transparent.
    """

    front: Image
    behind: Image | None


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture of a person, measured.

    `image` is upright RGB; `alpha` (H, W) uint8 or None; `person` (H, W) uint8, 255 on the person.
    `pose`: pitch, yaw, roll of the head in the picture, degrees. `rest` (52,): the blendshapes that the
    picture itself shows; motion equal to them gives the picture back. `inter_ocular`: distance of the
    outer eye corners in pixels. `notes`: what the user should know (several faces, small face). `measures` are those of
    the whole picture. With a `cutout` the background is another one than the picture's: `image` has it already, and is
    black where there is none. `footage`: the video that the picture is a frame of, where there is one and the portrait
    has been framed.
    """

    image: Image
    landmarks: Floats
    person: Image
    pose: tuple[float, float, float]
    rest: Floats
    inter_ocular: float
    digest: str
    alpha: Image | None = None
    notes: tuple[str, ...] = ()
    measures: FaceMeasures | None = None
    cutout: Cutout | None = None
    footage: Footage | None = None

    @property
    def size(self) -> Size:
        return Size(self.image.shape[1], self.image.shape[0])

    @property
    def channels(self) -> int:
        """Of the frames that are drawn of it: 4 (RGBA, straight alpha) where the video is transparent, else 3."""
        return 4 if self.cutout is not None and self.cutout.behind is None else 3


@dataclass(frozen=True, slots=True)
class RenderChunk:
    """A stretch of frames to draw: `count` frames from index `first`.

    `motion` and `audio` hold those frames and the context that the renderer declares, as far as there is
    any; `lead` is the number of context frames before `first` that `motion` holds. `audio` is mono
    float32 at 16 kHz over the same stretch of time as `motion`.
    """

    index: int
    first: int
    count: int
    motion: FaceMotion
    audio: Floats
    lead: int = 0

    @property
    def own_motion(self) -> FaceMotion:
        """The motion of the chunk's own frames, without context."""
        return self.motion[self.lead : self.lead + self.count]


def frame_count(duration: float, fps: Fraction) -> int:
    """Frames that cover `duration` seconds: the last one may reach past the end, never less than one."""
    return max(1, ceil(Fraction(duration).limit_denominator(1_000_000) * fps - Fraction(1, 1000)))


def neutral_motion(frames: int, fps: Fraction, rest: Sequence[float] | Floats | None = None) -> FaceMotion:
    """`frames` frames that hold `rest` (zeros where not given) with the head still."""
    base = np.zeros(len(BLENDSHAPES), np.float32) if rest is None else np.asarray(rest, np.float32)
    return FaceMotion(fps, np.tile(base, (frames, 1)), np.zeros((frames, 6), np.float32))


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen and why, for results and traces."""

    name: str
    why: str
    passed_over: tuple[str, ...] = field(default=())
