"""Draw a world's customers, results and surveys as arrays of days since each customer's start.

Only uniform numbers are drawn, each purpose from a stream of its own, and every other
distribution comes from inverting its own: so a seed gives the same company on every version of
NumPy, and a change of the survey plan leaves the churn as it was.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, ndtri

from csresearch.simulate.world import FOREVER, MONTH_DAYS, World

STREAMS = (  # a new purpose goes to the end: the position is the key
    "band",
    "plan",
    "start",
    "satisfaction",
    "frailty",
    "result",
    "churn",
    "later",
    "kind",
    "survey",
    "maturity",
)

KIND_DAY = "kind day "  # columns of the first days of each kind of result
BLOCK = 20_000  # customers whose turns are sorted at once: they stay in the processor's cache


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The random numbers of this purpose; streams of different purposes are independent."""
    key = (STREAMS.index(purpose),)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


class _Clock:
    """Turns tenure into accumulated hazard and back, for a hazard of steps over tenure."""

    def __init__(self, steps: tuple[tuple[float, float], ...]) -> None:
        months, factors = np.array(steps, dtype=float).T
        self.days = np.append(months * MONTH_DAYS, FOREVER)
        self.hazard = np.concatenate([[0.0], np.cumsum(factors * np.diff(self.days))])

    def read(self, days: np.ndarray) -> np.ndarray:
        return np.interp(days, self.days, self.hazard)

    def when(self, hazard: np.ndarray) -> np.ndarray:
        return np.interp(hazard, self.hazard, self.days)


def _exponential(uniform: np.ndarray) -> np.ndarray:
    return -np.log1p(-uniform)


def _pick(shares: list[float], uniform: np.ndarray) -> np.ndarray:
    edges = np.cumsum(shares)
    if not np.isclose(edges[-1], 1.0):
        raise ValueError(f"shares must sum to 1, these sum to {edges[-1]:g}: {shares}")
    return np.searchsorted(edges[:-1], uniform, side="right").astype(np.int8)


def _frailty(world: World, n: int, seed: int) -> np.ndarray:
    """A gamma factor with mean 1, shared by the accounts of one parent."""
    if world.frailty_variance == 0:
        return np.ones(n)
    shape = 1 / world.frailty_variance
    n_parents = -(-n // world.accounts_per_parent)
    factors = gammaincinv(shape, stream(seed, "frailty").random(n_parents)) / shape
    return np.repeat(factors, world.accounts_per_parent)[:n]


def _daily_churn(world: World, drawn: pd.DataFrame, seed: int) -> np.ndarray:
    """Each customer's daily churn hazard before any result."""
    bands = np.array([band.churn for band in world.bands])
    plans = np.array([plan.churn_ratio for plan in world.plans])
    tilt = world.satisfaction_ratio ** drawn["satisfaction"].to_numpy()
    by_column = bands[drawn["band"]] * plans[drawn["plan"]] * drawn["churn_factor"].to_numpy()
    return by_column * tilt * _frailty(world, len(drawn), seed) / MONTH_DAYS


def _first_result(world: World, drawn: pd.DataFrame, seed: int) -> np.ndarray:
    """The day of each customer's first result, were nobody ever to leave."""
    for addition in world.additions:
        days = addition.kind_days(world, drawn, seed)
        if days is not None:
            for kind in range(days.shape[1]):
                drawn[f"{KIND_DAY}{kind}"] = days[:, kind]
            return days.min(axis=1)
    return first_result_days(world, drawn, seed)


def first_result_days(world: World, drawn: pd.DataFrame, seed: int) -> np.ndarray:
    """On which day would each customer's first result come, as the world's bands say?

    Parameters
    ----------
    world : World
    drawn : DataFrame
        With ``band``, ``result_factor`` and ``result_from``.
    seed : int

    Returns
    -------
    array of float, shape (customers,)
        Days since the start, were nobody ever to leave.
    """
    daily = np.array([band.first_result for band in world.bands]) / MONTH_DAYS
    daily = daily[drawn["band"]] * drawn["result_factor"].to_numpy()
    waiting = _exponential(stream(seed, "result").random(len(drawn)))
    clock, since = _Clock(world.results_by_tenure), drawn["result_from"].to_numpy()
    with np.errstate(divide="ignore"):
        hazard = clock.read(since) + waiting / daily
    return np.maximum(np.ceil(clock.when(hazard)), since + 1.0)


def _decision(world: World, drawn: pd.DataFrame, seed: int) -> np.ndarray:
    """The day each customer decides to leave: the hazard turns after the days of the turns."""
    clock, daily = _Clock(world.churn_by_tenure), _daily_churn(world, drawn, seed)
    turns = [(drawn["result_day"].to_numpy(), world.lifetime_ratio)]
    turns += [turn for addition in world.additions for turn in addition.turns(world, drawn, seed)]
    turns = [(day, np.broadcast_to(ratio, len(drawn))) for day, ratio in turns]
    with np.errstate(divide="ignore"):  # at a rate of 0 nobody ever leaves
        left = _exponential(stream(seed, "churn").random(len(drawn))) / daily
    decided = np.empty(len(drawn))
    for some in (slice(at, at + BLOCK) for at in range(0, len(drawn), BLOCK)):
        here = [(day[some], ratio[some]) for day, ratio in turns]
        decided[some] = _turned(clock, left[some], here)
    return decided


def _turned(clock: _Clock, left: np.ndarray, turns: list[tuple]) -> np.ndarray:
    """The day on which so much hazard is used up, each turn slowing or hastening it."""
    days, ratios = (np.stack(part, axis=1) for part in zip(*turns, strict=True))
    order = np.argsort(days, axis=1, kind="stable")
    marks = clock.read(np.take_along_axis(days, order, axis=1))
    ratios = np.take_along_axis(ratios, order, axis=1)
    at, slower, done = np.zeros(len(left)), np.ones(len(left)), np.zeros(len(left), bool)
    for mark, ratio in zip(marks.T, ratios.T, strict=True):
        done |= left <= (mark - at) / slower
        left = np.where(done, left, left - (mark - at) / slower)
        at, slower = np.where(done, at, mark), np.where(done, slower, slower * ratio)
    return np.maximum(np.ceil(clock.when(at + left * slower)), 1.0)


def draw_truth(world: World, n_customers: int, seed: int) -> pd.DataFrame:
    """What happens to every customer in the end, were nobody's view cut short?

    Parameters
    ----------
    world : World
    n_customers : int
    seed : int

    Returns
    -------
    DataFrame
        One row per customer: ``band`` and ``plan`` (positions in the world's),
        ``satisfaction`` (standard normal), ``start_day`` (days since ``first_start``),
        ``result_day``, ``decision_day`` and ``leaving_day`` (days since the start; the result
        may lie after the decision, in which case it never happens), and what the world's
        additions keep.
    """
    days = (world.last_start - world.first_start).days + 1
    drawn = pd.DataFrame(
        {
            "band": _pick(
                [band.share for band in world.bands],
                stream(seed, "band").random(n_customers),
            ),
            "plan": _pick(
                [plan.share for plan in world.plans],
                stream(seed, "plan").random(n_customers),
            ),
            "satisfaction": ndtri(stream(seed, "satisfaction").random(n_customers)),
            "start_day": np.floor(stream(seed, "start").random(n_customers) * days),
        }
    )
    drawn = drawn.assign(result_factor=1.0, churn_factor=1.0, result_from=0.0)
    for addition in world.additions:
        addition.prepare(world, drawn, seed)
    drawn["result_day"] = _first_result(world, drawn, seed)
    drawn["decision_day"] = _decision(world, drawn, seed)
    drawn["leaving_day"] = drawn["decision_day"] + world.notice_days
    return drawn


def draw_lifetimes(world: World, n_customers: int, seed: int) -> pd.DataFrame:
    """What the company can know on the day its data are read.

    Returns
    -------
    DataFrame
        The columns of `draw_truth` that can be known, ``result_day`` missing where none came in
        time, and ``entry_day``, ``exit_day``, ``churned``, ``number`` (1, 2, … over all who ever
        started). Customers whom left truncation hides have no row.
    """
    drawn = draw_truth(world, n_customers, seed)
    seen = (world.observed_until - world.first_start).days - drawn["start_day"]
    truncated = world.observed_from or world.first_start
    drawn["entry_day"] = np.maximum(
        (truncated - world.first_start).days - drawn["start_day"].to_numpy(), 0.0
    )
    drawn["churned"] = drawn["leaving_day"] <= seen
    drawn["exit_day"] = np.minimum(drawn["leaving_day"], seen)
    active_until = np.minimum(drawn["decision_day"], drawn["exit_day"])
    drawn["result_day"] = drawn["result_day"].where(drawn["result_day"] < active_until)
    drawn["active_until"] = active_until
    drawn["number"] = np.arange(1, n_customers + 1)
    drawn = drawn[drawn["exit_day"] > drawn["entry_day"]]
    return drawn.drop(columns="leaving_day").reset_index(drop=True)


def draw_results(world: World, lifetimes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every result reached: the first, and further ones at the world's steady rate.

    Where an addition draws the kinds, the first result of each kind.

    Returns
    -------
    DataFrame
        ``row`` (position in ``lifetimes``), ``result_day``, ``kind`` (position in
        ``result_kinds``), sorted by row and day.
    """
    if f"{KIND_DAY}0" in lifetimes:
        return _results_by_kind(lifetimes)
    row = np.flatnonzero(lifetimes["result_day"].notna())
    day = lifetimes["result_day"].to_numpy()[row]
    until = lifetimes["active_until"].to_numpy()
    rows, days, numbers = [row], [day], stream(seed, "later")
    while len(row) and world.later_results > 0:
        gap = _exponential(numbers.random(len(row))) * MONTH_DAYS / world.later_results
        day = day + np.maximum(np.ceil(gap), 1.0)
        in_time = day < until[row]
        row, day = row[in_time], day[in_time]
        rows.append(row)
        days.append(day)
    reached = pd.DataFrame({"row": np.concatenate(rows), "result_day": np.concatenate(days)})
    reached = reached.sort_values(["row", "result_day"], ignore_index=True)
    shares = [share for _, share in world.result_kinds]
    reached["kind"] = _pick(shares, stream(seed, "kind").random(len(reached)))
    return reached


def _results_by_kind(lifetimes: pd.DataFrame) -> pd.DataFrame:
    """The first result of each kind that came in time."""
    days = lifetimes[[name for name in lifetimes if name.startswith(KIND_DAY)]].to_numpy()
    row, kind = np.nonzero(days < lifetimes["active_until"].to_numpy()[:, None])
    reached = pd.DataFrame({"row": row, "result_day": days[row, kind], "kind": kind})
    return reached.sort_values(["row", "result_day", "kind"], ignore_index=True)


def draw_surveys(world: World, lifetimes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every invitation, with the score where it was answered.

    Returns
    -------
    DataFrame
        ``row`` (position in ``lifetimes``), ``survey_day``, ``score`` (0 to 10, missing where
        not answered), sorted by row and day.
    """
    plan, until = world.surveys, lifetimes["active_until"].to_numpy()
    first = np.maximum(lifetimes["entry_day"].to_numpy() + 1, plan.first_day)
    number = np.ceil((first - plan.first_day) / plan.every_days)
    first = plan.first_day + number * plan.every_days  # the first invitation under observation
    times = np.maximum(np.ceil((until - first) / plan.every_days), 0).astype(int)
    row = np.repeat(np.arange(len(lifetimes)), times)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    day = first[row] + turn * plan.every_days
    left = lifetimes["churned"].to_numpy()[row]
    leaving = left & (lifetimes["exit_day"].to_numpy()[row] - day <= plan.leaving_days)
    answers, noise = stream(seed, "survey").random((2, len(row)))
    lasting = lifetimes["satisfaction"].to_numpy()[row] * np.sqrt(plan.reliability)
    passing = ndtri(noise) * np.sqrt(1 - plan.reliability)
    score = plan.mean + plan.spread * (lasting + passing) - plan.leaving_drop * leaving
    asked = pd.DataFrame({"row": row, "survey_day": day})
    for addition in world.additions:
        score = score + addition.score_points(world, lifetimes, asked)
    score = np.clip(np.rint(score), 0, 10)
    answered = answers < plan.response * np.where(leaving, plan.leaving_response, 1.0)
    return asked.assign(score=np.where(answered, score, np.nan))


@cache  # two million customers take seconds, and are the same for every company of a world
def true_share_of_churn(world: World, *, horizon_months: float = 24.0) -> tuple[float, float]:
    """Which share of starters and of churn by the horizon do the low bands truly hold?

    Drawn from two million customers followed to the end: exact to about 0.0005. Where nobody
    leaves, there is no share of churn (``nan``).
    """
    everyone = draw_truth(world, 2_000_000, seed=0)
    low = np.array([band.low for band in world.bands])[everyone["band"]]
    gone = everyone["leaving_day"] <= horizon_months * MONTH_DAYS
    share = sum(band.share for band in world.bands if band.low)
    return share, float((low & gone).sum() / gone.sum()) if gone.any() else np.nan
