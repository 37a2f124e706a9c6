"""The training loop on problems with known answers."""

import pytest
import torch

from astronn.errors import AstronnError
from astronn.training.loop import OPTIMIZERS, TableBatches, TrainingConfig, train


class Point(torch.nn.Module):
    """A 'network' whose members are single numbers."""

    def __init__(self, *start: float) -> None:
        super().__init__()
        self.at = torch.nn.Parameter(torch.tensor(start))


def valley(point: Point, bottom: float = 3.0):
    return lambda _batch: (point.at - bottom).square()


def one_generator(seed: int = 0) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed)]


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_the_bottom_of_a_valley_is_found(optimizer):
    point = Point(-1.0, 8.0)
    history = train(
        point, valley(point), [()], TrainingConfig(optimizer, learning_rate=0.3, max_epochs=400)
    )
    torch.testing.assert_close(point.at.detach(), torch.tensor([3.0, 3.0]), rtol=0, atol=1e-2)
    assert history.loss[-1] < 1e-3
    assert history.loss[-1] <= history.loss[0]


def test_adams_first_step_has_the_length_of_the_learning_rate():
    point = Point(0.0)
    train(point, valley(point), [()], TrainingConfig(learning_rate=0.01, max_epochs=1))
    torch.testing.assert_close(
        point.at.detach(), torch.tensor([0.01])
    )  # Kingma & Ba 2015, section 2.1


def test_every_member_keeps_the_weights_of_its_own_best_epoch():
    point, seen = Point(0.0, 1.0), []

    def validate() -> torch.Tensor:
        seen.append(point.at.detach().clone())
        return torch.tensor([[3.0, 1.0], [1.0, 2.0], [2.0, 3.0]])[len(seen) - 1]

    history = train(point, valley(point), [()], TrainingConfig(max_epochs=3), validate=validate)
    assert history.best_epoch == [2, 1]
    assert point.at.tolist() == [seen[1][0], seen[0][1]]


def test_training_stops_when_patience_is_out():
    point = Point(0.0)
    config = TrainingConfig(max_epochs=50, patience=4)
    history = train(point, valley(point), [()], config, validate=lambda: torch.tensor([1.0]))
    assert (
        len(history.loss) == len(history.validation_loss) == 5
    )  # the first is the best; four more bring nothing
    assert history.best_epoch == [1]


def test_progress_is_told_of_every_epoch():
    point, told = Point(0.0), []
    train(
        point,
        valley(point),
        [()],
        TrainingConfig(max_epochs=3),
        progress=lambda *news: told.append(news),
    )
    assert [news[:2] for news in told] == [(1, 3), (2, 3), (3, 3)]
    assert told[0][2] == 9.0


def test_a_loss_that_is_not_finite():
    point = Point(float("nan"))
    with pytest.raises(
        AstronnError,
        match=r"training diverged: the loss of epoch 1 is nan; lower learning_rate \(now 0.005\)",
    ):
        train(point, valley(point), [()], TrainingConfig())


def test_batches_hold_every_object_once_in_nearly_equal_parts():
    x = torch.arange(103)
    batches = list(TableBatches((x, 2 * x), 20, one_generator()))
    assert sorted(len(a[0]) for a, _ in batches) == [17, 17, 17, 17, 17, 18]
    assert sorted(torch.cat([a[0] for a, _ in batches]).tolist()) == x.tolist()
    assert all(torch.equal(2 * a, b) for a, b in batches)


def test_members_see_different_orders_and_epochs_too():
    batches = TableBatches((torch.arange(50),), 50, [*one_generator(0), *one_generator(1)])
    ((first,),), ((second,),) = list(batches), list(batches)
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])
