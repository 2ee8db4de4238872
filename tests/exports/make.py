"""Makes the files of this folder: small exports shaped like those of the tools named in README.md.

Everything in them is drawn from a seed; only the column names, their meaning and the way dates and
labels are written follow the tools' documentation. Run it as `python tests/exports/make.py`.
"""

import csv
import io
import json
import random
import sys
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
EXPORTED = date(2026, 6, 30)
INDUSTRIES = ("Software", "Retail", "Logistics", "Healthcare", "Manufacturing")
COUNTRIES = ("Germany", "France", "United States", "Netherlands")
FIRST = ("North", "Blue", "Iron", "Silver", "Quick", "Bright", "Stone", "Green", "High", "Clear")
PAYMENTS = ("cancellation_requested", "payment_failed")
LATER = (timedelta(0), timedelta(0), timedelta(days=14))
SECOND = ("field", "harbour", "works", "gate", "line", "ridge", "forge", "bay", "mill", "point")


class Company:
    """A customer as every tool knows it: when it came, went, and what it pays."""

    def __init__(self, draw, number):
        self.number = number
        self.name = (
            f"{draw.choice(FIRST)}{draw.choice(SECOND)} {draw.choice(('GmbH', 'Inc', 'BV'))}"
        )
        self.started = date(2022, 1, 10) + timedelta(days=draw.randrange(1500))
        self.industry, self.country = draw.choice(INDUSTRIES), draw.choice(COUNTRIES)
        self.readiness = draw.choice(("Low", "Medium", "High"))
        self.plan = draw.choice(("Basic", "Basic", "Pro", "Enterprise"))
        self.revenue = draw.choice((1200, 4800, 9600, 18000, 36000))
        self.employees = draw.randrange(10, 2000)
        self.parent = draw.randrange(1, 9) if draw.random() < 0.4 else None
        months = {"Low": 14, "Medium": 26, "High": 45}[self.readiness]
        left = self.started + timedelta(days=int(draw.expovariate(1 / (30 * months))) + 30)
        self.left = left if left <= EXPORTED else None
        self.noticed = max(self.left - timedelta(days=30), self.started) if self.left else None
        self.reason = draw.choice(("Price", "Missing features", "Went out of business", "Other"))
        self.happy = min(10, max(0, round(draw.gauss(7.5 if self.readiness != "Low" else 6, 2))))

    def last_day(self):
        """The last day anything could happen to it."""
        return self.left or EXPORTED

    def some_day(self, draw):
        """A day while it was a customer."""
        return self.started + timedelta(
            days=draw.randrange(max(1, (self.last_day() - self.started).days))
        )

    def renews(self):
        """The end of the yearly term in force, or of the last one."""
        day = self.started.replace(day=min(self.started.day, 28))
        while day < self.last_day():
            day = day.replace(year=day.year + 1)
        return day


def companies(seed, n=56):
    """The customers of one fixture family."""
    draw = random.Random(seed)
    return draw, [Company(draw, i + 1) for i in range(n)]


def stamp(day, draw, pattern="%Y-%m-%d %H:%M"):
    """A day with a drawn time of day, or an empty cell."""
    if day is None:
        return ""
    moment = datetime(day.year, day.month, day.day, draw.randrange(7, 19), draw.randrange(60))
    return moment.strftime(pattern)


def plain(day):
    """A day as ISO text, or an empty cell."""
    return day.isoformat() if day else ""


def salesforce_accounts(draw, known):
    """Data Loader export of Account, with custom fields of a customer-success team."""
    iso = "%Y-%m-%dT%H:%M:00.000Z"
    for c in known:
        created = c.started - timedelta(days=draw.randrange(20, 200))
        yield {
            "Id": salesforce_id("001", c.number),
            "Name": c.name,
            "Type": draw.choice(("Customer - Direct", "Customer - Channel")),
            "ParentId": salesforce_id("001", 900 + c.parent) if c.parent else "",
            "BillingCountry": c.country,
            "Industry": c.industry,
            "AnnualRevenue": c.employees * 150000,
            "NumberOfEmployees": c.employees,
            "OwnerId": salesforce_id("005", draw.randrange(1, 5)),
            "CreatedDate": stamp(created, draw, iso),
            "LastModifiedDate": stamp(EXPORTED - timedelta(days=draw.randrange(60)), draw, iso),
            "LastActivityDate": plain(c.last_day() - timedelta(days=draw.randrange(20))),
            "Customer_Since__c": plain(c.started),
            "Churn_Date__c": plain(c.left),
            "Churn_Reason__c": c.reason if c.left else "",
            "ARR__c": c.revenue,
            "Segment__c": segment(c),
            "Onboarding_Readiness__c": c.readiness,
        }


def salesforce_id(prefix, number):
    """An 18-character record id."""
    return f"{prefix}Qy{number:010d}IAC"


def segment(c):
    """Size class of a company."""
    return "SMB" if c.employees < 200 else "Mid-Market" if c.employees < 1000 else "Enterprise"


def salesforce_contracts(draw, known):
    """Report on Contract, headed by the fields' labels."""
    for c in known:
        yield {
            "Contract ID": salesforce_id("800", c.number),
            "Contract Number": f"{c.number + 100:08d}",
            "Account ID": salesforce_id("001", c.number),
            "Account Name": c.name,
            "Status": "Activated" if not c.left else "Expired",
            "Contract Start Date": us(c.started),
            "Contract End Date": us(c.renews()),
            "Contract Term (months)": draw.choice((12, 12, 12, 24)),
            "Customer Signed Date": us(c.started - timedelta(days=draw.randrange(1, 15))),
            "Activated Date": us(c.started + timedelta(days=draw.randrange(0, 4))),
            "Owner Expiration Notice": draw.choice(("30 Days", "60 Days")),
            "Created Date": us(c.started - timedelta(days=20)),
            "Last Modified Date": us(EXPORTED - timedelta(days=draw.randrange(40))),
        }


def us(day):
    """A day as a US-English report writes it."""
    return f"{day.month}/{day.day}/{day.year}"


def hubspot_companies(draw, known):
    """Export of the company index page."""
    for c in known:
        yield {
            "Record ID": 8800000000 + c.number,
            "Company name": c.name,
            "Company owner": draw.choice(("Ada Weber", "Luis Ortega", "Mina Sato")),
            "Create Date": stamp(c.started - timedelta(days=draw.randrange(10, 120)), draw),
            "Phone Number": f"+49 30 {draw.randrange(100000, 999999)}",
            "Last Activity Date": stamp(c.last_day() - timedelta(days=draw.randrange(15)), draw),
            "Country/Region": c.country,
            "Industry": c.industry.upper(),
            "Became a Customer Date": stamp(c.started, draw),
            'Date exited "Customer (Lifecycle Stage Pipeline)"': stamp(c.left, draw),
            "Lifecycle Stage": "Customer" if not c.left else "Other",
            "Number of Employees": c.employees,
            "Annual Revenue": c.employees * 120000,
            "Parent Company": 8800000900 + c.parent if c.parent else "",
            "Number of Associated Contacts": draw.randrange(1, 9),
        }


def hubspot_deals(draw, known):
    """Export of the deal index page: the first deal won with each company."""
    for c in known:
        yield {
            "Record ID": 19900000000 + c.number,
            "Deal Name": f"{c.name} - New Deal",
            "Deal Stage": "Closed won",
            "Close Date": stamp(c.started, draw),
            "Deal owner": draw.choice(("Ada Weber", "Luis Ortega", "Mina Sato")),
            "Amount": c.revenue + draw.choice((0, 500, 1500)),
            "Annual recurring revenue": c.revenue,
            "Deal Type": "New Business",
            "Create Date": stamp(c.started - timedelta(days=draw.randrange(10, 100)), draw),
            "Pipeline": "Sales Pipeline",
            "Associated Company IDs (Primary)": 8800000000 + c.number,
        }


def gainsight_company(draw, known):
    """Report on the Company object; dates are cells of type date."""
    for c in known:
        yield {
            "Company ID": f"1P02{c.number:028X}",
            "Name": c.name,
            "Industry": c.industry,
            "CSM": draw.choice(("Ada Weber", "Luis Ortega", "Mina Sato")),
            "Status": "Churned" if c.left else "Active",
            "Stage": draw.choice(("Onboarding", "Adoption", "Established")),
            "ARR": c.revenue,
            "MRR": c.revenue / 12,
            "Users": max(1, c.employees // 12),
            "Original Contract Date": c.started,
            "Renewal Date": c.renews(),
            "Churn Date": c.left,
            "Lifetime in Months": round((c.last_day() - c.started).days / 30.4375),
            "Current Score": draw.randrange(20, 100),
            "Previous Score": draw.randrange(20, 100),
            "NPS\N{REGISTERED SIGN}": draw.randrange(0, 11),
            "Parent Company": f"1P02{0x900 + c.parent:028X}" if c.parent else None,
            "Created Date": c.started - timedelta(days=draw.randrange(1, 30)),
            "Modified Date": EXPORTED - timedelta(days=draw.randrange(30)),
        }


def gainsight_cta(draw, known):
    """Report on Call To Action."""
    reasons = {"Risk": "Low usage", "Opportunity": "Upsell", "Lifecycle": "Onboarding"}
    for c in known:
        made = c.some_day(draw)
        closed = made + timedelta(days=draw.randrange(2, 30))
        kind = draw.choice(tuple(reasons))
        open_still = closed > c.last_day()
        yield {
            "Company ID": f"1P02{c.number:028X}",
            "Company": c.name,
            "CTA Name": f"{reasons[kind]}: {c.name}",
            "Type": kind,
            "Reason": reasons[kind],
            "Priority": draw.choice(("High", "Medium", "Low")),
            "Status": "Open" if open_still else "Closed Success",
            "Owner": draw.choice(("Ada Weber", "Luis Ortega", "Mina Sato")),
            "Source": draw.choice(("Rules", "Manual")),
            "Created Date": plain(made),
            "Due Date": plain(made + timedelta(days=14)),
            "Closed Date": "" if open_still else plain(closed),
            "Age": (min(closed, EXPORTED) - made).days,
        }


def gainsight_objectives(draw, known):
    """Report on the objectives of success plans that were reached."""
    kinds = ("Shorter lead time", "Fewer errors", "Higher conversion", "Lower cost")
    for c in known:
        reached = c.some_day(draw)
        if draw.random() < 0.3:
            continue
        kind = draw.choice(kinds)
        yield {
            "Company ID": f"1P02{c.number:028X}",
            "Company": c.name,
            "Success Plan Name": f"{c.name} {c.started.year}",
            "Objective Category": kind,
            "Objective Name": f"{kind} at {c.name}",
            "Status": "Closed Success",
            "Owner": draw.choice(("Ada Weber", "Luis Ortega", "Mina Sato")),
            "Created Date": plain(max(c.started, reached - timedelta(days=60))),
            "Due Date": plain(reached + timedelta(days=draw.randrange(-10, 30))),
            "Closed Date": plain(reached),
        }


def stripe_subscriptions(draw, known):
    """Dashboard export of subscriptions, all columns."""
    for c in known:
        renewal = next_month(c, draw)
        trial = c.started - timedelta(days=14) if draw.random() < 0.3 else None
        yield {
            "id": f"sub_1N{c.number:04d}{draw.randrange(10**8):08d}",
            "Customer ID": stripe_customer(c),
            "Customer Description": "",
            "Customer Email": f"billing{c.number}@example.com",
            "Customer Name": c.name,
            "Plan": f"price_{c.plan.lower()}",
            "Product": c.plan,
            "Quantity": draw.choice((1, 1, 5, 10)),
            "Currency": "eur",
            "Interval": "month",
            "Amount": f"{c.revenue / 12:.2f}",
            "Status": "canceled" if c.left else draw.choice((*["active"] * 3, "past_due")),
            "Created (UTC)": stamp(trial or c.started, draw),
            "Start Date (UTC)": stamp(c.started, draw),
            "Current Period Start (UTC)": stamp(renewal - timedelta(days=30), draw),
            "Current Period End (UTC)": stamp(renewal, draw),
            "Trial Start (UTC)": stamp(trial, draw),
            "Trial End (UTC)": stamp(c.started if trial else None, draw),
            "Application Fee Percent": "",
            "Coupon": "",
            "Canceled At (UTC)": stamp(c.noticed, draw, "%Y-%m-%d 06:%M"),
            "Ended At (UTC)": stamp(c.left, draw),
            "Cancellation Reason": draw.choice(PAYMENTS) if c.left else "",
        }


def stripe_customer(c):
    """A customer id as Stripe writes it."""
    return f"cus_P{c.number:03d}x{(c.number * 7919) % 9973:04d}Qk"


def next_month(c, draw):
    """End of the billing period in force, or of the last one."""
    return c.left if c.left else EXPORTED + timedelta(days=draw.randrange(1, 30))


def chargebee_subscriptions(draw, known):
    """Subscriptions as in the data catalog, with one custom field."""
    seconds = "%Y-%m-%d %H:%M:00"
    for c in known:
        cancelled = c.left is not None
        until = next_month(c, draw)
        status = (
            "cancelled"
            if cancelled
            else draw.choice(("active", "active", "active", "non_renewing"))
        )
        yield {
            "id": f"Azq8{c.number:03d}TkL{draw.randrange(10**6):06d}",
            "customer_id": f"cb-{c.number:04d}",
            "status": status,
            "plan_id": c.plan.lower(),
            "currency_code": "EUR",
            "billing_period": 1,
            "billing_period_unit": "month",
            "created_at": stamp(c.started - timedelta(days=draw.randrange(0, 20)), draw, seconds),
            "started_at": stamp(c.started, draw, seconds),
            "activated_at": stamp(c.started + draw.choice(LATER), draw, seconds),
            "current_term_start": stamp(until - timedelta(days=30), draw, seconds),
            "current_term_end": stamp(until, draw, seconds),
            "next_billing_at": "" if cancelled else stamp(until, draw, seconds),
            "cancelled_at": stamp(c.left, draw, seconds),
            "cancel_schedule_created_at": stamp(c.noticed, draw, "%Y-%m-%d 06:%M:00"),
            "cancel_reason": "not_paid" if cancelled and draw.random() < 0.2 else "",
            "cancel_reason_code": c.reason if cancelled else "",
            "mrr": f"{c.revenue / 12:.2f}",
            "auto_collection": draw.choice(("on", "off")),
            "channel": "web",
            "deleted": "false",
            "updated_at": stamp(EXPORTED - timedelta(days=draw.randrange(25)), draw, seconds),
            "cf_segment": segment(c),
        }  # fmt: skip


def zendesk_tickets(draw, known):
    """CSV export of tickets with their satisfaction rating."""
    for c in known:
        made = c.some_day(draw)
        solved = min(made + timedelta(days=draw.randrange(0, 4)), c.last_day() - timedelta(days=1))
        good = "Good" if c.happy >= 6 else "Bad"
        yield {
            "Id": 40000 + 3 * c.number,
            "Requester": f"User {c.number}",
            "Requester id": 360000000000 + 17 * c.number,
            "Requester external id": stripe_customer(c),
            "Requester email": f"user{c.number}@example.com",
            "Assignee": draw.choice(("Kim", "Robin", "Sam")),
            "Group": "Support",
            "Subject": draw.choice(('Export "all" fails', "Question, billing", "Login")),
            "Status": "Closed",
            "Priority": draw.choice(("Normal", "High", "Low")),
            "Via": draw.choice(("Mail", "Web form")),
            "Created at": stamp(made, draw),
            "Updated at": stamp(max(made, solved), draw, "%Y-%m-%d 20:%M"),
            "Organization": c.name,
            "Solved at": stamp(max(made, solved), draw, "%Y-%m-%d 19:%M"),
            "Satisfaction Score": good if draw.random() < 0.7 else "Offered",
            "Reopens": draw.randrange(0, 3),
        }


def zendesk_ratings(draw, known):
    """Satisfaction ratings, an object a line."""
    for c in known:
        rated = c.some_day(draw).strftime("%Y-%m-%d") + "T10:15:29Z"
        yield {
            "assignee_id": 135 + draw.randrange(4),
            "comment": draw.choice(("Awesome support!", "Took too long; \u201cagain\u201d", None)),
            "created_at": rated,
            "group_id": 44,
            "id": 35000 + c.number,
            "requester_id": 7000 + c.number,
            "score": "good" if c.happy >= 6 else "bad",
            "ticket_id": 200 + 2 * c.number,
            "updated_at": rated,
            "url": f"https://example.zendesk.com/api/v2/satisfaction_ratings/{c.number}.json",
        }


def delighted_responses(draw, known):
    """Survey responses, with the person properties sent along as columns of their own."""
    for c in known:
        day = c.some_day(draw)
        yield {
            "id": 510000 + c.number,
            "person": 91000 + (c.number * 37) % 1000,
            "survey_type": "nps",
            "score": c.happy,
            "comment": draw.choice(("", "Works, mostly", 'The "new" export is slow\nsince May')),
            "permalink": f"https://app.delighted.com/r/{draw.randrange(16**12):012x}",
            "created_at": stamp(day, draw, "%Y-%m-%d %H:%M:00"),
            "updated_at": "",
            "Customer ID": salesforce_id("001", c.number),
            "Purchase Experience": draw.choice(("Sales", "Self-service")),
        }


def nps_survey(draw, known):
    """All responses of a SurveyMonkey survey; custom data carries the CRM's record id."""
    question = "How likely is it that you would recommend Acme to a friend or colleague?"
    moment = "%m/%d/%Y %I:%M:00 %p"
    for c in known:
        day = c.some_day(draw)
        yield {
            "Respondent ID": 118000000000 + 31 * c.number,
            "Collector ID": 445566778,
            "Start Date": stamp(day, draw, "%m/%d/%Y 06:%M:00 AM"),
            "End Date": stamp(day, draw, moment),
            "IP Address": f"192.0.2.{draw.randrange(1, 255)}",
            "Email Address": f"user{c.number}@example.com",
            "First Name": draw.choice(("Ana", "Bo", "Chris")),
            "Last Name": draw.choice(("Ito", "Klein", "Duarte")),
            "Custom Data 1": 8800000000 + c.number,
            question: c.happy,
            "What could we do better?": draw.choice(("", "Nothing", "Faster answers, please")),
        }


FAMILIES = {
    11: {"salesforce_accounts.csv": salesforce_accounts,
         "salesforce_contracts.csv": salesforce_contracts,
         "delighted_responses.csv": delighted_responses},
    12: {"hubspot_companies.csv": hubspot_companies, "hubspot_deals.csv": hubspot_deals,
         "nps_survey.csv": nps_survey},
    13: {"gainsight_company.xlsx": gainsight_company, "gainsight_cta.csv": gainsight_cta,
         "gainsight_objectives.csv": gainsight_objectives},
    14: {"stripe_subscriptions.csv": stripe_subscriptions, "zendesk_tickets.csv": zendesk_tickets,
         "zendesk_ratings.jsonl": zendesk_ratings},
    15: {"chargebee_subscriptions.csv": chargebee_subscriptions},
}  # fmt: skip


def contents():
    """Every file's bytes, by name."""
    made = {}
    for seed, files in FAMILIES.items():
        draw, known = companies(seed)
        for name, rows in files.items():
            made[name] = WRITERS[Path(name).suffix](list(rows(draw, known)))
    return made


def as_csv(rows):
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_jsonl(rows):
    """Rows as one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_xlsx(rows):
    """Rows as an Excel workbook of one sheet; the archive's dates are fixed."""
    lines = [list(rows[0])] + [list(row.values()) for row in rows]
    sheet = "".join(f"<row>{''.join(map(cell, line))}</row>" for line in lines)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{OPC}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/></Types>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
        '<sheet name="Company" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills '
        'count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1">'
        '<xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/>'
        "</cellXfs></styleSheet>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData>'
        "</worksheet>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 6, 30, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return stream.getvalue()


def relations(*targets):
    """A relationships part."""
    entries = "".join(
        f'<Relationship Id="rId{i + 1}" Type="{REL}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets)
    )
    return f'<Relationships xmlns="{OPC}/relationships">{entries}</Relationships>'


def cell(value):
    """A cell: number, date or text."""
    if value is None:
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OPC = "http://schemas.openxmlformats.org/package/2006"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
WRITERS = {".csv": as_csv, ".jsonl": as_jsonl, ".xlsx": as_xlsx}

if __name__ == "__main__":
    for name, content in contents().items():
        (HERE / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes", file=sys.stderr)
