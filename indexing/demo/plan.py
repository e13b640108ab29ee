"""From marked words to keys: which hand moves when, and how gestures follow one another.

A gesture has preparation, stroke, hold and retraction (Kendon). When the next preparation is
near, the hands do not return to rest but go on from where they are.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from indexing.demo.events import Event
from indexing.demo.hands import SHAPES, HandShape
from indexing.demo.movement import BEAT_HOME, UP, Movement, Pose
from indexing.demo.speakers import Side, Speaker

_CENTRE = np.array([0.21, -0.12, 0.29])
_SIZE = np.array([1.2, 1.25, 0.85])
_LOWEST, _HIGHEST = np.array([0.03, -0.37, 0.08]), np.array([0.45, 0.28, 0.42])
_FASTEST_REACH, _FASTEST_STROKE = 0.85, 1.2
"""Mean speeds, m/s, beyond which a way is cut short."""
_REACH_SPEED = 0.42
_RETRACT_AFTER_SECONDS = 1.4
_RESTS = {
    "belly": Pose(0.13, -0.29, 0.225, (-0.8, -0.6, -0.2), HandShape.RELAXED),
    "clasped": Pose(0.065, -0.235, 0.24, (-0.7, -0.5, -0.5), HandShape.RELAXED),
    "sides": Pose(0.275, -0.345, 0.085, (-1.0, 0.0, -0.2), HandShape.RELAXED),
}


@dataclass(frozen=True, eq=False)
class ArmKey:
    """What one arm is to reach at a time."""

    seconds: float
    place: Float[np.ndarray, "3"]
    """Outward, up, forward of the chest, metres."""
    palm: Float[np.ndarray, "3"]
    fingers: Float[np.ndarray, "control"]
    bend: float
    """Wrist extension, radians."""
    elbow: Float[np.ndarray, "3"]
    """Shift of the elbow's preferred place, metres."""
    flows: bool = False


@dataclass
class _Arm:
    """One arm while it is planned."""

    keys: list[ArmKey]
    raised: bool = False

    @property
    def last(self) -> ArmKey:
        return self.keys[-1]


@dataclass
class Planner:
    """Plans both arms of one speaker through a recording."""

    speaker: Speaker
    rng: np.random.Generator

    def arms(self, events: tuple[Event, ...], seconds: float) -> dict[Side, list[ArmKey]]:
        """Keys of both arms from the first to the last frame."""
        arms: dict[Side, _Arm] = {side: _Arm([self._rest(0.0)]) for side in ("left", "right")}
        starts = [event.peak_seconds for event in events[1:]] + [seconds + 1.0]
        for event, following in zip(events, starts, strict=True):
            self._perform(event, arms, following - 0.5)
        for arm in arms.values():
            self._retract(arm, seconds + 1.0)
            arm.keys.append(replace(arm.last, seconds=max(arm.last.seconds, seconds) + 2.0))
        return {side: arm.keys for side, arm in arms.items()}

    def _perform(self, event: Event, arms: dict[Side, _Arm], until: float) -> None:
        movement = event.movement
        tempo = self.speaker.tempo * float(self.rng.uniform(0.86, 1.18))
        size = self.speaker.amplitude * float(self.rng.uniform(0.8, 1.2))
        shift = self.rng.normal(0.0, (0.022, 0.025, 0.022))
        for side, share in self._sides(movement).items():
            arm = arms[side]
            gesture = movement or self._beat(arm, event.strength)
            if side not in self._leading(gesture):
                gesture = self._supporting(gesture)
            if gesture.hand == "alternate" and side == "left":
                gesture = _turned_over(gesture)
            self._stroke(arm, gesture, event.peak_seconds, until, (tempo, size * share, shift))

    def _leading(self, movement: Movement) -> tuple[Side, ...]:
        """Which sides the movement is drawn for."""
        match movement.hand:
            case "lead":
                return (self.speaker.lead,)
            case "other":
                return (self.speaker.other,)
            case "left" | "right":
                return (movement.hand,)
            case _:
                return ("left", "right")

    def _sides(self, movement: Movement | None) -> dict[Side, float]:
        """Which arms move, and how large: the opposite one may join in."""
        if movement is None:
            choice = self.rng.random()
            if choice < 0.35 - 0.3 * self.speaker.two_hands:
                return {self.speaker.lead: 1.0}
            if choice < 0.45 - 0.3 * self.speaker.two_hands:
                return {self.speaker.other: 1.0}
            return {self.speaker.lead: 1.0, self.speaker.other: float(self.rng.uniform(0.5, 1.0))}
        leading = self._leading(movement)
        if len(leading) == 2:
            return {side: float(self.rng.uniform(0.92, 1.05)) for side in leading}
        shares: dict[Side, float] = {leading[0]: 1.0}
        joins = self.rng.random() < self.speaker.two_hands
        if movement.support is not None or joins:
            opposite: Side = "left" if leading[0] == "right" else "right"
            shares[opposite] = (
                0.9 if movement.support is not None else float(self.rng.uniform(0.35, 0.8))
            )
        return shares

    def _supporting(self, movement: Movement) -> Movement:
        """What the opposite hand does: its own pose, or a small echo of the stroke."""
        if movement.support is not None:
            return replace(movement, preparation=movement.support, stroke=(movement.support,))
        relaxed = replace(movement.stroke[-1], shape=HandShape.RELAXED, palm=UP)
        base = replace(relaxed, outward=0.20, up=-0.18, forward=0.27)
        return replace(movement, preparation=base, stroke=(_between(base, relaxed, 0.3),))

    def _beat(self, arm: _Arm, strength: float) -> Movement:
        """A short flick, down and outwards, from where the hand is."""
        start = arm.last.place if arm.raised else self._home()
        start = start + 0.25 * (self._home() - start)
        drop = (0.06 + 0.04 * min(strength, 3.0)) * float(self.rng.uniform(0.8, 1.5))
        aside, ahead = self.rng.normal(0.25, 0.5), self.rng.normal(0.5, 0.4)
        rising = start + drop * np.array([-0.4 * aside, 0.65, -0.5 * ahead])
        falling = start + drop * np.array([aside, -0.75, 0.7 * ahead])
        shape = HandShape.OPEN if self.rng.random() < 0.6 else HandShape.RELAXED
        palm = BEAT_HOME.palm if self.rng.random() < 0.6 else UP
        before = _posed(rising, Pose(0.0, 0.0, 0.0, palm, HandShape.RELAXED, 8.0))
        after = _posed(falling, Pose(0.0, 0.0, 0.0, palm, shape, -4.0))
        return Movement("both", before, (after,), 0.27, 0.1)

    def _home(self) -> Float[np.ndarray, "3"]:
        home = np.array([BEAT_HOME.outward, BEAT_HOME.up, BEAT_HOME.forward])
        spread: Float[np.ndarray, 3] = home + self.rng.normal(0.0, (0.04, 0.06, 0.04))
        return spread

    def _stroke(
        self,
        arm: _Arm,
        movement: Movement,
        peak: float,
        until: float,
        manner: tuple[float, float, Float[np.ndarray, "3"]],
    ) -> None:
        """Append preparation, stroke and hold to an arm, coming from wherever it is."""
        tempo, size, shift = manner
        step = 1.1 * movement.step_seconds / tempo
        start = peak - 0.5 * step
        if start - arm.last.seconds < 0.14:
            return
        elbow = self.rng.normal(0.0, (0.01, 0.008, 0.012))
        poses = (movement.preparation, *movement.stroke)
        count = len(poses)
        keys = [
            self._key(pose, start + place * step, (size, shift, elbow), 0 < place < count - 1)
            for place, pose in enumerate(poses)
        ]
        self._approach(arm, keys[0])
        keys[0] = _no_faster(arm.last, keys[0], _FASTEST_REACH)
        for place in range(1, count):
            keys[place] = _no_faster(keys[place - 1], keys[place], _FASTEST_STROKE)
        arm.keys += keys
        hold = movement.hold_seconds * float(self.rng.uniform(0.6, 1.4))
        end = min(keys[-1].seconds + hold, until)
        if end > keys[-1].seconds + 0.1:
            drift = keys[-1].place + self.rng.normal((0.0, -0.015, 0.0), 0.022, 3)
            arm.keys.append(replace(keys[-1], seconds=end, place=drift))
        arm.raised = True

    def _approach(self, arm: _Arm, first: ArmKey) -> None:
        """Bring the arm to the preparation: directly, or by way of the rest position."""
        distance = float(np.linalg.norm(first.place - arm.last.place))
        wanted = float(np.clip(distance / _REACH_SPEED, 0.35, 1.0)) * float(
            self.rng.uniform(0.9, 1.2)
        )
        leave = first.seconds - wanted
        if arm.raised and leave - arm.last.seconds > _RETRACT_AFTER_SECONDS:
            self._retract(arm, leave)
        if leave > arm.last.seconds + 0.15:
            drift = arm.last.place + self.rng.normal(0.0, 0.02, 3)
            arm.keys.append(replace(arm.last, seconds=leave, place=drift, flows=False))

    def _retract(self, arm: _Arm, before: float) -> None:
        """Back to rest, if it can be reached before ``before``."""
        duration = float(self.rng.uniform(0.65, 0.95)) / self.speaker.tempo
        if not arm.raised or arm.last.seconds + duration > before:
            return
        arm.keys.append(self._rest(arm.last.seconds + duration))
        arm.raised = False

    def _rest(self, seconds: float) -> ArmKey:
        pose = _RESTS[self.speaker.rest]
        half_way = self.rng.random() < 0.3
        if half_way:
            pose = replace(_between(pose, BEAT_HOME, 0.55), shape=HandShape.RELAXED)
        shift = self.rng.normal(0.0, (0.012, 0.018, 0.012))
        elbow = self.rng.normal(0.0, 0.012, 3)
        return self._key(pose, seconds, (1.0, shift, elbow), False)

    def _key(
        self,
        pose: Pose,
        seconds: float,
        manner: tuple[float, Float[np.ndarray, "3"], Float[np.ndarray, "3"]],
        flows: bool,
    ) -> ArmKey:
        """Scale, shift and vary a pose: no two are alike."""
        size, shift, elbow = manner
        place = np.array([pose.outward, pose.up, pose.forward])
        place = _CENTRE + _SIZE * size * (place - _CENTRE) if size != 1.0 else place
        place = np.clip(place + shift + self.rng.normal(0.0, 0.008, 3), _LOWEST, _HIGHEST)
        palm = np.array(pose.palm) + self.rng.normal(0.0, 0.15, 3)
        fingers = SHAPES[pose.shape].vector + self.rng.normal(0.0, 0.09, 8)
        bend = np.deg2rad(pose.bend + self.rng.normal(0.0, 5.0))
        return ArmKey(seconds, place, palm, fingers, float(bend), elbow, flows)


def _no_faster(before: ArmKey, key: ArmKey, speed: float) -> ArmKey:
    """The key, moved towards the one before it if the way between them is too fast."""
    way = key.place - before.place
    most = speed * (key.seconds - before.seconds)
    length = float(np.linalg.norm(way))
    return key if length <= most else replace(key, place=before.place + way * (most / length))


def _turned_over(movement: Movement) -> Movement:
    """The opposite hand of an alternating movement: up where the first goes down."""
    base = movement.preparation

    def opposite(pose: Pose) -> Pose:
        return replace(pose, up=2 * base.up - pose.up, forward=2 * base.forward - pose.forward)

    return replace(movement, stroke=tuple(opposite(pose) for pose in movement.stroke))


def _between(first: Pose, second: Pose, share: float) -> Pose:
    """A pose part of the way from one to another."""
    return replace(
        second,
        outward=first.outward + share * (second.outward - first.outward),
        up=first.up + share * (second.up - first.up),
        forward=first.forward + share * (second.forward - first.forward),
    )


def _posed(place: Float[np.ndarray, "3"], manner: Pose) -> Pose:
    """The hand of ``manner`` at a place."""
    outward, up, forward = (float(value) for value in place)
    return replace(manner, outward=outward, up=up, forward=forward)
