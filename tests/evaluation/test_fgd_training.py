import pytest
import torch

from evaluation.fgd_network import FgdNetwork
from evaluation.fgd_training import (
    FgdTraining,
    MotionWindows,
    reconstruction_degrees,
    smooth_angle,
    train_fgd,
)
from motion.clip import Motion
from motion.rotation import geodesic, matrix_from_axis_angle
from tests.motion.motions import random_motion

QUICK = FgdTraining(epochs=4, batch=2, window_frames=16, stride_frames=8, rate=1e-3)


@pytest.fixture(scope="module")
def motions():
    return [random_motion(32, seed=seed, reach=0.2) for seed in range(2)]


def trained(motions, training):
    torch.manual_seed(training.seed)
    network = FgdNetwork()
    return network, train_fgd(network, motions, training)


def test_training_lowers_loss_and_angle_and_is_the_same_each_time(motions):
    torch.manual_seed(0)
    before = reconstruction_degrees(FgdNetwork(), motions, QUICK)
    told = []
    network, losses = trained(motions, QUICK)
    torch.manual_seed(0)
    again = FgdNetwork()
    train_fgd(again, motions, QUICK, lambda *step: told.append(step[:2]))

    assert losses[-1] < 0.7 * losses[0]
    assert reconstruction_degrees(network, motions, QUICK) < 0.7 * before
    assert told == [(epoch, QUICK.epochs) for epoch in range(1, QUICK.epochs + 1)]
    for left, right in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(left, right)


def test_windows_start_at_every_stride_and_end_inside(motions):
    windows = MotionWindows.of([*motions, random_motion(15)], QUICK)

    assert windows.places.tolist() == [[0, 0], [0, 8], [0, 16], [1, 0], [1, 8], [1, 16]]
    torch.testing.assert_close(
        windows.matrices(torch.tensor([4]))[0], matrix_from_axis_angle(motions[1].poses[8:24])
    )


def test_motions_too_short_or_at_another_rate_are_refused():
    with pytest.raises(ValueError, match="longer recordings"):
        MotionWindows.of([random_motion(15)], QUICK)
    with pytest.raises(ValueError, match="30 fps, found 15"):
        MotionWindows.of([Motion.rest(64, 15)], QUICK)


def test_the_smooth_angle_is_the_geodesic_one_with_slopes_that_stay_finite():
    turns = torch.tensor([[0.0, 0.0, 0.0], [0.3, 0.0, 0.0], [0.0, 2.9, 0.0], [0.0, 0.0, torch.pi]])
    left = matrix_from_axis_angle(turns).requires_grad_()
    right = torch.eye(3).expand(4, 3, 3)

    angle = smooth_angle(left, right)
    angle.sum().backward()

    torch.testing.assert_close(angle[:3], geodesic(left, right)[:3])
    assert angle[3] > 3.1
    assert left.grad.isfinite().all()
