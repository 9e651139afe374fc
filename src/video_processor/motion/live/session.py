"""The face of a live session, frame by frame: the batch's motion with what is known at the moment of each frame."""

from fractions import Fraction
from typing import Final

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.performance import ControlParameters, Cue
from avatar.types import Floats, LiveProsody, VisemeTrack
from video_processor.motion.blinks import Lids, closed_lids, lid_company
from video_processor.motion.composition import Layers, laid_over
from video_processor.motion.cues import PITCH, YAW
from video_processor.motion.curves import Clock
from video_processor.motion.expression import ACCENT, LIFE, MELODY, accent_size, life_size
from video_processor.motion.gaze import Gaze, eye_looks, in_head, lid_follow
from video_processor.motion.head import HeadDrives, driven, head_amount
from video_processor.motion.lips import lip_gain
from video_processor.motion.live.attention import LIVELY, Attending, State
from video_processor.motion.live.body import LiveBody, Stirring
from video_processor.motion.live.cues import NOTHING, Acted, LiveCues
from video_processor.motion.live.directing import Directed, LiveDirecting
from video_processor.motion.live.eyes import RovingEyes
from video_processor.motion.live.lids import OwnBlinks
from video_processor.motion.live.limits import SpeedLimits
from video_processor.motion.live.mouth import LiveLips
from video_processor.motion.live.steps import EasedSteps
from video_processor.motion.live.stress import LiveMelody, LiveStresses
from video_processor.motion.posture import weighted
from video_processor.motion.scene import TALKING_FADE_SECONDS, liveliness_of

PAUSE_SECONDS: Final = 0.35
"""A shorter silence does not calm a talking face."""
LONGEST_LIFE_STEP_SECONDS: Final = 0.5
"""Where frames are left out, what moves by itself goes on by no more than this."""
_JAW: Final = BLENDSHAPE_INDEX["jawOpen"]
_ACCENT, _MELODY = weighted(ACCENT), weighted(MELODY)
_LIFE: Final = np.stack([weighted(weights) for weights, _ in LIFE.values()])
NO_LIDS: Final = Lids(0.0, 0.0)


class LiveMotion:
    """The face of a live session, frame by frame. Not thread-safe: one thread calls it.

    All times are media time, seconds, of the frames: frame `i` is shown from `i / fps`. What is asked for at a moment
    that is past begins with the next frame. The same calls with the same seed make the same motion. The portrait's own
    blendshapes are `rest` (52,).
    """

    def __init__(
        self,
        rest: Floats,
        *,
        fps: Fraction,
        seed: int,
        controls: ControlParameters = ControlParameters(),  # noqa: B008  (frozen)
    ) -> None:
        self._rest, self._fps, self._rate = rest, fps, float(fps)
        self._next, self._life = 0, 0.0
        self._directing = LiveDirecting(rest, controls)
        self._attending = Attending(seed)
        self._talking = EasedSteps(0.0, TALKING_FADE_SECONDS)
        self._spoke_at = -np.inf
        self._lips, self._cues = LiveLips(fps, seed), LiveCues(fps)
        self._stresses, self._melody = LiveStresses(seed), LiveMelody()
        self._body, self._eyes, self._blinks = LiveBody(seed), RovingEyes(seed), OwnBlinks(seed)
        self._limits = SpeedLimits()

    @property
    def now(self) -> float:
        """Where the next frame begins, at the earliest."""
        return self._next / self._rate

    def speech(self, track: VisemeTrack, at: float, *, prosody: LiveProsody | None = None) -> None:
        """Adds lips: rows from media time `at` on, after those that are known; where there are none is silence.

        Rows for moments that are known already are passed over. `prosody` has a moment of its own.
        """
        self._lips.add(track, at)
        if prosody is not None:
            self._stresses.add(prosody.emphases, self.now)
            self._melody.add(prosody)

    def cut(self, at: float) -> None:
        """What was added for after `at` is not spoken: the lips close with the next frame or the one after.

        Strokes and cues that have not begun by then are not made either.
        """
        at = max(at, self.now)
        self._lips.cut(at)
        self._melody.cut(at)
        self._stresses.cut(at)
        self._cues.cut(at)

    def hush(self, at: float, until: float) -> None:
        """The lips close from `at` on, as after a cut, and take up again from `until` on what is said by then."""
        self._lips.hush(max(at, self.now), until)

    def unhush(self, at: float) -> None:
        """The lips take it up from `at` on, where a hush would have lasted longer."""
        self._lips.unhush(max(at, self.now))

    def direct(self, controls: ControlParameters, at: float) -> None:
        """Control parameters from `at` on, in full 0.4 s later; what was directed for after that is not done."""
        self._directing.direct(controls, max(at, self.now))

    def cue(self, cue: Cue) -> None:
        """An action that is largest at `cue.at`, or as soon as it can be seen whole.

        One without a moment, or whose moment is more than 2 s past, is not played.
        """
        if self._cues.add(cue, self.now) and cue.action == "blink":
            self._blinks.make_up_for_one()

    def attend(self, state: State, at: float) -> None:
        """What the face attends to from `at` on.

        Listening, it looks at the viewer and nods now and then; thinking, it looks aside; speaking, it is lively even
        before the speech begins.
        """
        self._attending.attend(state, at)

    def frame(self, index: int) -> tuple[Floats, Floats]:
        """Blendshapes (52,), absolute, 0..1, and pose (6,) as in `FaceMotion`, of a frame.

        Raises `ValueError` where the index is not larger than the last one.
        """
        if index < self._next:
            raise ValueError(f"frame {index} was asked for after frame {self._next - 1}; indices grow")
        time, step = (index + 0.5) / self._rate, (index + 1 - self._next) / self._rate
        life_step = min(step, LONGEST_LIFE_STEP_SECONDS)
        self._life += life_step
        directed = self._directing.at(time)
        self._attend(time)
        controls = directed.controls
        spoken, spread = self._lips.frame(index, lip_gain(controls.mouth_openness, controls.energy))
        talking = self._talk(time)
        acted = self._cues.acted(index)
        lively = liveliness_of(talking, acted.still)
        brows, strokes = self._stresses.at(time)
        melody = self._melody.at(time)
        stirring = self._body.at(self._life, life_step)
        targets = self._look(index, directed)
        pose = self._pose(directed, stirring, lively, strokes, melody, targets, acted, life_step)
        closed = self._lids(index, directed, life_step)
        gaze = in_head(targets, Gaze(float(pose[YAW]), float(pose[PITCH])), closed.both)
        living = life_size(controls.energy, lively) * (stirring.life @ _LIFE)
        _go_with_eyes(living, closed, gaze)
        layers = Layers(
            held=directed.posture,
            jaw=float(spoken[_JAW]),
            spread=spread,
            living=living,
            changes=_changes(spoken, accent_size(controls.energy, lively), brows, melody, acted),
            closed=closed,
            looks=eye_looks(gaze, self._rest),
        )
        self._next = index + 1
        return self._limits.kept(laid_over(layers, self._rest), pose, step)

    def _attend(self, time: float) -> None:
        if self._attending.go_to(time):
            self._eyes.look_anew(self._life)
        for nod in self._attending.nods(time):
            self._cues.add(nod, self.now)

    def _talk(self, time: float) -> float:
        """How much of a talking face this is, 0..1."""
        if self._lips.speaking:
            self._spoke_at = time
        goal = (
            1.0 if self._lips.about_to_speak or time - self._spoke_at < PAUSE_SECONDS else LIVELY[self._attending.state]
        )
        if goal != self._talking.goal[0]:
            self._talking.step(time, goal)
        return float(self._talking.at(time)[0])

    def _look(self, index: int, directed: Directed) -> Gaze[float]:
        in_pause = self._attending.state == "speaking" and not self._lips.about_to_speak
        attention = self._attending.attention(directed.controls.gaze_contact, in_pause=in_pause)
        return self._cues.looking(self._eyes.at(self._life, attention), index)

    def _pose(
        self,
        directed: Directed,
        stirring: Stirring,
        lively: float,
        strokes: list[float],
        melody: float,
        targets: Gaze[float],
        acted: Acted,
        step: float,
    ) -> Floats:
        drives = HeadDrives(
            amount=head_amount(directed.controls.head_motion) * lively,
            energy=directed.controls.energy,
            tilt=directed.controls.head_tilt,
            melody=melody,
            gaze_yaw=self._body.gaze_followed(targets.yaw, step),
            slow=stirring.slow,
            fast=stirring.fast,
            strokes=strokes,
            sway=stirring.sway,
            depth=stirring.depth,
            breath=stirring.breath,
        )
        return driven(drives, acted.pose)

    def _lids(self, index: int, directed: Directed, step: float) -> Lids[float]:
        time = (index + 0.5) / self._rate
        asked = self._cues.lids()
        rate = directed.controls.blink_rate
        own = self._blinks.at(time, step, rate, self._since_phrase(time), [cue.at for cue in asked])
        if not own and not asked:
            return NO_LIDS
        lids = closed_lids(own, asked, Clock(self._fps, 1, index))
        return Lids(float(lids.left[0]), float(lids.right[0]))

    def _since_phrase(self, time: float) -> float:
        return -1.0 if self._lips.about_to_speak else time - self._spoke_at


def _go_with_eyes(face: Floats, closed: Lids[float], gaze: Gaze[float]) -> None:
    """Adds to a change of the face (52,) what goes with the lids and with where the eyes look."""
    for name, change in lid_follow(gaze).items():
        face[BLENDSHAPE_INDEX[name]] += change
    if closed is not NO_LIDS:
        for name, change in lid_company(closed).items():
            face[BLENDSHAPE_INDEX[name]] += change


def _changes(spoken: Floats, size: float, brows: float, melody: float, acted: Acted) -> Floats:
    """(52,) what speech, its accents of some size, and cues change."""
    changes = spoken
    if brows:
        changes = changes + (size * brows) * _ACCENT
    if melody > 0.0:
        changes = changes + (size * melody) * _MELODY
    return changes + acted.face if acted is not NOTHING else changes
