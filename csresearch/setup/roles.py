"""The roles a column can play: the names they go by, and what their values must be.

Names are written as people write them; ``words.py`` takes care of spelling, order and words such
as "date". A number beside a name says how much it is worth, where less than 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from csresearch.company.canonical import TABLES, columns_of
from csresearch.setup.words import words_of

KINDS = {
    "id": ("text", "number", "yes/no"),
    "date": ("date",),
    "number": ("number", "yes/no"),
    "label": ("text", "number", "yes/no"),
    "words": ("text",),
    "flag": ("yes/no", "text"),
    "score": ("number", "text", "yes/no"),
    "yes/no": ("yes/no",),
}


@dataclass(frozen=True)
class Role:
    """What a canonical column is called in the wild.

    Parameters
    ----------
    table, column : str
        The canonical column.
    kind : str
        A key of ``KINDS``: what its values must be.
    names : dict of str to float
        Names it goes by, and how much each is worth.
    against : frozenset of str
        Words that say the column is something else.
    """

    table: str
    column: str
    kind: str
    names: dict[str, float] = field(compare=False)
    against: frozenset[str] = frozenset()


def _role(table: str, entry: tuple[str, str, str, str]) -> Role:
    """A role from a line of names, each with its worth where that is not 1: ``churn, lost .8``."""
    column, kind, names, against = entry
    worth = {}
    for entry in names.split(","):
        *words, last = entry.split()
        number = last.startswith(".") and last[1:].isdigit()
        name = " ".join(words if number else [*words, last])
        worth[name] = float(last) if number else 1.0
    return Role(
        table, column, kind, worth, frozenset(words_of(against)) if against else frozenset()
    )


_OTHERS = (
    "parent owner contact contract subscription order deal invoice ticket opportunity manager csm "
    "assignee group agent email name billing type status reason number plan product stage phone"
)
_ID = "customer id, external customer id .97, customer number .9, external id .85, customer .7"
_LATER = "last next modified update updated trial current previous renew expected due scheduled"
_CUSTOMERS = (
    ("customer_id", "id", f"{_ID}, record id .8, id .72", _OTHERS + " person requester"),
    ("parent_id", "id", "parent id, parent, parent customer, parent customer id, ultimate parent, "
     "holding .8, customer group .7", "name email"),
    ("started_on", "date", "start, customer since, became a customer, customer start, "
     "entered customer lifecycle stage pipeline, "
     "contract start, subscription start, original contract, first contract .95, close won .9, "
     " first purchase .9, join .9, signup .9, sign .75, customer sign .8, close .8, "
     "activate .82, go live .65, onboard .6, create .62, customer create .66, acquisition .9",
     _LATER + " period term exit end cancel churn"),
    ("ended_on", "date", "end, churn, cancel .94, terminate, exit customer, "
     "exit customer lifecycle stage pipeline, exit .9, lost .8, "
     "customer end, contract end .8, subscription end .97, customer until .95, deactivate .85, "
     "expire .8, offboard .9, cancel effective",
     "last next modified update updated trial current previous renew expected due scheduled "
     "schedule period term reason create request requested notice start"),
    ("observed_from", "date", "observed from, migrated .8, migration .8, imported .6", ""),
    ("observed_until", "date", "observed until, last observed .9", ""),
    ("notice_on", "date", "notice, cancel request, cancel requested, notice given, "
     "cancel schedule create, cancel scheduled .9, termination notice, cancel .9",
     "reason effective"),
    ("renews_on", "date", "renew, next renew, contract end .9, contract expire, expire .85, "
     "term end .97, current term end, current period end, next billing .85, valid until .7, "
     "subscription end .6", "trial start last"),
    ("term_months", "number", "term months, contract term months, contract term .95, term .8, "
     "contract length .9, contract months .9, term length months", "start end"),
    ("tenure_days", "number", "tenure days, days customer .9, customer age days .9, "
     "lifetime days .9", "month hour"),
    ("tenure_months", "number", "tenure months, lifetime months .9, months customer .9, tenure .8, "
     "customer age months .9", "day hour"),
    ("churned", "flag", "churn, is churned, has churned, status .72, customer status .8, "
     "subscription status .8, state .7, subscription state .8, lifecycle stage .45, active .6, "
     "inactive .8, lost .7, exit .8",
     "reason score risk probability predicted"),
    ("maturity", "label", "maturity, maturity level, readiness, onboard readiness, "
     "customer maturity, digital maturity, maturity score, maturity band, preparedness, "
     "sophistication .85, experience level .7", "contract payment recorded assessed"),
    ("maturity_on", "date", "maturity recorded, maturity assessed, maturity assessment, "
     "readiness assessed", ""),
    ("first_result_on", "date", "first result, first value, first outcome, first success, "
     "value realized .9, first goal achieved, first value achieved", "login purchase contract"),
    ("had_result", "yes/no", "had result, achieved result, value realized .9, result achieved, "
     "goal achieved", ""),
    ("recurring_revenue", "number", "recurring revenue, arr, annual recurring revenue, mrr .97, "
     "monthly recurring revenue .97, contract value .9, acv .9, subscription amount .9, amount .8, "
     "annual contract value .9, monthly fee .9, unit amount .8, revenue .6",
     "fee percent tax discount recent total due paid"),
    ("kickoff_judgement", "number", "kickoff judgement, kickoff rating, judgement at kickoff, "
     "chance to stay .9, likelihood to stay .9, kickoff confidence", "recorded"),
    ("kickoff_judged_on", "date", "kickoff judged, kickoff judgement recorded", ""),
    ("expected_result", "label", "expected result, expected outcome, desired outcome, "
     "desired result, primary goal .8, goal .65, use case .5", "achieved"),
    ("process", "words", "process, onboard process, implementation process .9", "status"),
    ("churn_reason", "words", "churn reason, cancel reason .96, cancel reason code, "
     "exit reason, lost reason .9, termination reason, reason .55", "won"),
)  # fmt: skip
_THEIR_ID = (
    f"{_ID}, requester id .62, requester external id .9, person id .6, person .5, user id .55, "
    "custom data .5, record id .5, associated customer ids, email .45, respondent id .4"
)
_EVENT_OTHERS = _OTHERS.replace(" email", "").replace(" number", "").replace(" name", "")
_SURVEYS = (
    ("surveyed_on", "date", "survey, survey respond, respond, submit, end .82, complete .9, "
     "create .85, date .85, solve .92, rated .95, start .7, sent .6, invite .6, update .5",
     "birth trial due modified period"),
    ("score", "score", "score, nps, nps score, csat, csat score, ces, rating, survey score, "
     "satisfaction, satisfaction score, satisfaction rating, how likely recommend, recommend .9, "
     "how satisfied, likelihood to recommend, overall satisfaction",
     "health lead previous fit comment reason current risk credit"),
    ("instrument", "label", "instrument, survey type, survey name .9, survey .8, question .7, "
     "survey kind", "comment score id"),
)  # fmt: skip
_RESULTS = (
    ("reached_on", "date", "reach, achieve, result, complete .9, close .88, realized .95, "
     "measured, date .85, create .6", "due expected start modified update planned"),
    ("result", "label", "result, result kind, outcome, objective category, objective .85, "
     "outcome type, goal .85, milestone .9, kpi .85, metric .85, result type, category .75, "
     "type .6, objective name .7", "status owner id comment plan priority"),
    ("value", "number", "value, result value, impact .9, change .8, saving .9, amount .7",
     "id age"),
)  # fmt: skip
_BEHAVIORS = (
    ("done_on", "date", "done, event, occurred, date .85, first used, used, activity .9, "
     "adopted .9, create .65, timestamp .85, day .8, login .8", "due modified update"),
    ("behavior", "words", "behavior, event name, event type, event, feature, feature name, "
     "action, activity .85, activity type .85, name .5", "id status owner result"),
    ("quantity", "number", "quantity, count, events .8, sessions .9, logins .9, minutes .9, "
     "usage .9, number of events .9", "id"),
)  # fmt: skip
_EFFORTS = (
    ("spent_on", "date", "spent, effort, close .9, complete .9, activity .9, meeting .9, call .9, "
     "touch, date .85, create .7, start .7, held .9", "due modified update reopened"),
    ("hours", "number", "hours, hours spent, duration hours, time spent .8, effort hours", "id"),
    ("kind", "words", "kind, type .92, activity type, effort type, cta type, meeting type, "
     "touch type, category .75, reason .6", "status owner id priority"),
    ("initiated_by", "words", "initiated by, requested by .9, initiator, initiated", "id"),
    ("programme", "words", "programme, programme name, playbook .7, treatment .7", "status"),
)  # fmt: skip


def _all_roles() -> dict[str, list[Role]]:
    """The roles of every table the kit knows, by table."""
    known = {"customers": _CUSTOMERS, "results": _RESULTS, "surveys": _SURVEYS,
             "behaviors": _BEHAVIORS, "efforts": _EFFORTS}  # fmt: skip
    roles = {}
    for table in (t for t in TABLES if t in known):
        own = [_role(table, entry) for entry in known[table]]
        if table != "customers":
            own.insert(0, _role(table, ("customer_id", "id", _THEIR_ID, _EVENT_OTHERS)))
        roles[table] = [role for role in own if role.column in columns_of(table)]
    return roles


ROLES = _all_roles()
# What a table can't do without, alternatives in the second place.
ESSENTIAL = {
    "customers": ("customer_id", "started_on"),
    "surveys": ("customer_id", "surveyed_on", "score"),
    "results": ("customer_id", "reached_on", "result"),
    "behaviors": ("customer_id", "done_on", "behavior"),
    "efforts": ("customer_id", "spent_on", "kind"),
}
# Words in a file's name, or among its columns, that say what its rows are.
SPEAKS_OF = {
    "customers": "customer subscription contract deal plan industry churn arr mrr renew",
    "surveys": "survey nps csat ces satisfaction respond rating score recommend delighted comment",
    "results": "result outcome objective goal milestone achieve value kpi",
    "behaviors": "behavior event usage feature login session activity adoption",
    "efforts": "effort cta hour touch meeting call engagement playbook task",
}
