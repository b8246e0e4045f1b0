"""English."""

from __future__ import annotations

WORDS: dict[str, str | dict[str, str]] = {
    # How values are put together.
    "pattern.day": "d MMM y",
    "pattern.period.D": "d MMM y",
    "pattern.period.W": "'week of' d MMM y",
    "pattern.period.M": "MMM y",
    "pattern.period.Q": "QQQ y",
    "pattern.period.Y": "y",
    "range": "{low} to {high}",
    "comma": ", ",
    "and": " and ",
    "points": "{points} points",
    "yes": "yes",
    "no": "no",
    "none": "none",
    "unit.D": "Day",
    "unit.W": "Week",
    "unit.M": "Month",
    "unit.Q": "Quarter",
    "unit.Y": "Year",
    "units.D": "days",
    "units.W": "weeks",
    "units.M": "months",
    "units.Q": "quarters",
    "units.Y": "years",
    "customer": "Customer {number}",
    "not_over": "* This period is not over: the figure is what was seen so far.",
    # The page.
    "page.title": "Customers and sales",
    "page.kicker": "Analytical CRM report",
    "page.span": "Purchases from {first} to {last}, as seen at the end of {as_of}.",
    "page.contents": "Contents",
    "page.numbers": "The numbers behind this chart",
    "page.failed": "This section could not be made: {reason}.",
    "page.made": "Made with crmlytics {version}. The page loads nothing and runs no script.",
    # What to do.
    "actions.title": "What to do",
    "actions.none": "The data are too few to advise anything.",
    "actions.win_back": {
        "one": "Win back {n} customer of the segments {segments}: this is what they spent so far "
        "({share} of all revenue), and they last bought {days} days ago.",
        "other": "Win back the {n} customers of the segments {segments}: this is what they spent "
        "so far ({share} of all revenue), and half of them have not bought for {days} days or "
        "more.",
    },
    "actions.second_order.D": {
        "one": "Invite to a second order: {n} customer bought once, within the last {days} days. "
        "Of earlier first-time customers {rate} ({span}) came back the next day.",
        "other": "Invite to a second order: {n} customers bought once, within the last {days} "
        "days. Of earlier first-time customers {rate} ({span}) came back the next day.",
    },
    "actions.second_order.W": {
        "one": "Invite to a second order: {n} customer bought once, within the last {days} days. "
        "Of earlier first-time customers {rate} ({span}) came back the next week.",
        "other": "Invite to a second order: {n} customers bought once, within the last {days} "
        "days. Of earlier first-time customers {rate} ({span}) came back the next week.",
    },
    "actions.second_order.M": {
        "one": "Invite to a second order: {n} customer bought once, within the last {days} days. "
        "Of earlier first-time customers {rate} ({span}) came back in the next month.",
        "other": "Invite to a second order: {n} customers bought once, within the last {days} "
        "days. Of earlier first-time customers {rate} ({span}) came back in the next month.",
    },
    "actions.second_order.Q": {
        "one": "Invite to a second order: {n} customer bought once, within the last {days} days. "
        "Of earlier first-time customers {rate} ({span}) came back in the next quarter.",
        "other": "Invite to a second order: {n} customers bought once, within the last {days} "
        "days. Of earlier first-time customers {rate} ({span}) came back in the next quarter.",
    },
    "actions.second_order.Y": {
        "one": "Invite to a second order: {n} customer bought once, within the last {days} days. "
        "Of earlier first-time customers {rate} ({span}) came back in the next year.",
        "other": "Invite to a second order: {n} customers bought once, within the last {days} "
        "days. Of earlier first-time customers {rate} ({span}) came back in the next year.",
    },
    "actions.plan": "Plan {period} for sales of about this much: with a probability of 80% they "
    "lie between {low} and {high}.",
    "actions.record": {
        "one": "Record the customer of every order: this share of the rows ({n} row worth {money}) "
        "names none and is missing from all figures below.",
        "other": "Record the customer of every order: this share of the rows ({n} rows worth "
        "{money}) names none and is missing from all figures below.",
    },
    "actions.look_after": {
        "one": "Give your largest customer a contact of their own: they alone bring this share of "
        "the revenue.",
        "other": "Give your {n} largest customers, one in twenty, a contact of their own: together "
        "they bring this share of the revenue.",
    },
    "actions.balance_up": "Keep what works: in {period} so many customers came or returned "
    "({gained}) for each one who stayed away ({lost}).",
    "actions.balance_down": "Stop the loss of customers first: in {period} only so many came or "
    "returned ({gained}) for each one who stayed away ({lost}).",
    # Headline figures.
    "headline.title": "Headline figures",
    "headline.title_of": "Headline figures: {period}",
    "headline.none": "no period is over at the end of the day of the analysis",
    "headline.span": "From {first} to {last}, {customers} customers spent {revenue} in {orders} "
    "orders. {share} of them bought more than once ({level} interval {span}).",
    "headline.no_previous": "The data hold no whole period before this one to compare with.",
    "headline.no_year_before": "The data do not reach back to the same period a year before, so "
    "growth cannot be told from season.",
    "headline.interval": "{level} interval {span}",
    "headline.interval_of": "{level} interval",
    "headline.against": "{change} vs {period}",
    "headline.revenue": "Revenue",
    "headline.customers": "Customers",
    "headline.orders": "Orders",
    "headline.average_order": "Average order",
    "headline.repeat_share": "Had bought before",
    "headline.table": "The last period that is over and those it is compared with",
    "headline.note": "“Had bought before”: customers of the period whose first order lies in an "
    "earlier one.",
    "totals.table": "All days together",
    "totals.days": "Days",
    "totals.customers": "Customers",
    "totals.repeat_customers": "Came again",
    "totals.repeat_rate": "Repeat rate",
    # Data quality.
    "quality.title": "Data quality",
    "quality.kept": {
        "one": "{read} row was read; {kept} is used and {dropped} ({share}) dropped for the "
        "reasons below.",
        "other": "{read} rows were read; {kept} are used and {dropped} ({share}) dropped, each for "
        "the first of the reasons below.",
    },
    "quality.all_kept": {
        "one": "The {read} row that was read is used.",
        "other": "All {read} rows that were read are used.",
    },
    "quality.span": "The rows used run from {first} to {last}.",
    "quality.first_cut": "The data begin well inside {period}, so this period is left out of "
    "comparisons and of the forecast.",
    "quality.open": "{period} is not over: only {days} of its days are seen at {as_of}. It is "
    "marked wherever it appears, and left out of rates and of the forecast.",
    "quality.stale": {
        "one": "The last row lies {days} day before the day of the analysis: the last periods may "
        "be missing rows rather than sales.",
        "other": "The last row lies {days} days before the day of the analysis: the last periods "
        "may be missing rows rather than sales.",
    },
    "quality.no_duplicates": "No row repeats another in every column.",
    "quality.duplicates": {
        "one": "{read} row of those read repeats an earlier one in every column ({kept} of those "
        "used). It is kept: two equal lines of an order may be two purchases.",
        "other": "{read} rows of those read repeat an earlier one in every column ({kept} of those "
        "used). They are kept: two equal lines of an order may be two purchases.",
    },
    "quality.refunds_ignored": "Refunds are left out, as asked for: revenue is what was bought, "
    "not what remained.",
    "quality.no_refunds": "No row is a refund: no amount is negative.",
    "quality.refunds_net": {
        "one": "{rows} row is a refund; it lowers revenue by {money} and counts as no purchase.",
        "other": "{rows} rows are refunds; they lower revenue by {money} and count as no "
        "purchases.",
    },
    "quality.cancelled": "Orders whose number is {prefix} followed by digits, where most numbers "
    "are digits alone, are taken as cancelled.",
    "quality.file": "The file was read as {encoding} text with the delimiter {delimiter} and the "
    "decimal mark {decimal}.",
    "quality.warned": "While computing: {message}.",
    "quality.table": "Rows read, dropped and used",
    "quality.what": "Rows",
    "quality.rows": "Number",
    "quality.share": "Share",
    "quality.money": "Amount",
    "quality.note": "A row counts once, for the first reason that holds, in this order. Amounts "
    "are sums of what could be read.",
    "rows.read": "Read from the table",
    "rows.no_customer": "No customer",
    "rows.cancelled": "Cancelled order",
    "rows.price": "Price of 0 or less",
    "rows.quantity": "Quantity of 0 or less",
    "rows.date": "No readable date",
    "rows.amount": "No finite amount",
    "rows.refund": "Refund",
    "rows.after_as_of": "After the day of the analysis",
    "rows.kept": "Used",
    "repair.customer_float": {
        "one": "{count} customer number was stored as a decimal (17850.0) and is read as a whole "
        "number.",
        "other": "{count} customer numbers were stored as decimals (17850.0) and are read as whole "
        "numbers.",
    },
    "repair.order_float": {
        "one": "{count} order number was stored as a decimal and is read as a whole number.",
        "other": "{count} order numbers were stored as decimals and are read as whole numbers.",
    },
    "repair.customer_blanks": {
        "one": "{count} customer id had blanks around it, which were taken off.",
        "other": "{count} customer ids had blanks around them, which were taken off.",
    },
    "repair.order_blanks": {
        "one": "{count} order number had blanks around it, which were taken off.",
        "other": "{count} order numbers had blanks around them, which were taken off.",
    },
    "repair.order_missing": {
        "one": "{count} row has no order number; a customer's rows of this kind on one day count "
        "as one order.",
        "other": "{count} rows have no order number; a customer's rows of this kind on one day "
        "count as one order.",
    },
    "repair.number_text": {
        "one": "{count} amount was written as text and is read as a number.",
        "other": "{count} amounts were written as text and are read as numbers.",
    },
    "repair.date_text": {
        "one": "{count} date was written as text.",
        "other": "{count} dates were written as text.",
    },
    "repair.date_unreadable": {
        "one": "{count} value among the dates does not fit the format of the others.",
        "other": "{count} values among the dates do not fit the format of the others.",
    },
    # Segments.
    "segments.title": "Customer segments",
    "segments.lead": "{segment} are {share} of the customers and bring {revenue_share} of the "
    "revenue.",
    "segments.best": {
        "one": "{count} customer has the highest score in recency, frequency and money alike.",
        "other": "{count} customers have the highest score in recency, frequency and money alike.",
    },
    "segments.figure": "Share of customers and of revenue by segment",
    "segments.description": "Pairs of horizontal bars for {count} segments, the largest revenue on "
    "top. The numbers are in the table below.",
    "segments.table": "Segments, largest revenue first",
    "segments.segment": "Segment",
    "segments.n": "Customers",
    "segments.share": "Share",
    "segments.revenue": "Revenue",
    "segments.revenue_share": "Share of revenue",
    "segments.orders": "Orders",
    "segments.average_order_value": "Average order",
    "segments.mean_recency_days": "Mean days since last order",
    "segments.mean_frequency": "Mean orders",
    "segments.mean_monetary": "Mean revenue",
    "scores.table": "Customers by score, 1 lowest and 5 highest",
    "scores.score": "Score",
    "scores.r": "Recency",
    "scores.f": "Frequency",
    "scores.m": "Money",
    "scores.note": "Equal customers get equal scores, so the five groups differ in size.",
    # Cohorts.
    "cohorts.title": "Who stays",
    "cohorts.none": "no period is over at the end of the day of the analysis",
    "cohorts.young": "No cohort has had a whole period yet to return in.",
    "cohorts.again.D": "Of {n} first-time customers {back} bought again the next day: {rate} "
    "(95% interval {span}).",
    "cohorts.again.W": "Of {n} first-time customers {back} bought again the next week: {rate} "
    "(95% interval {span}).",
    "cohorts.again.M": "Of {n} first-time customers {back} bought again in the next month: {rate} "
    "(95% interval {span}).",
    "cohorts.again.Q": "Of {n} first-time customers {back} bought again in the next quarter: "
    "{rate} (95% interval {span}).",
    "cohorts.again.Y": "Of {n} first-time customers {back} bought again in the next year: {rate} "
    "(95% interval {span}).",
    "cohorts.first": "The first cohort, {period}, mixes new customers with older ones whose first "
    "order lies before the data; it is left out of this rate.",
    "cohorts.latest": "The chart shows the latest {charted} cohorts at the ages up to {oldest}, "
    "the tables the latest {tabled}.",
    "cohorts.figure": "Customers who bought in a later period, by period of their first order",
    "cohorts.description": "A heat map with one row per cohort and one column per {unit} since the "
    "first order. Periods that are not over are left blank. The numbers are in the tables below.",
    "cohorts.cohort": "First order",
    "cohorts.n": "Customers",
    "cohorts.rate": "Share of each cohort that bought, by {unit} since the first order",
    "cohorts.active": "Customers of each cohort who bought, by {unit} since the first order",
    # Growth.
    "growth.title": "Customers won and lost",
    "growth.young": "Two periods that are over are needed to say who stayed away.",
    "growth.lead": "Customers who bought in {period}: {active}, of whom {new} new and "
    "{resurrected} back after a pause. Of those of the period before, {churned} stayed away. That "
    "is {ratio} won for each one lost.",
    "growth.figure": "New, retained, resurrected and churned customers by period",
    "growth.description": "Stacked bars for {count} periods: retained, resurrected and new "
    "customers above the line, churned ones below it. The numbers are in the table below.",
    "growth.table": "Customers by period",
    "growth.active": "Active",
    "growth.new": "New",
    "growth.retained": "Retained",
    "growth.resurrected": "Resurrected",
    "growth.churned": "Churned",
    "growth.quick_ratio": "Won per lost",
    # Coming back.
    "returning.title": "When customers come again",
    "returning.nobody": "No customer has bought on a second day yet.",
    "returning.second": "Within {days} days of their first purchase {rate} of the customers buy a "
    "second time ({span}); those whose {days} days are not over count as open. Seen so far is "
    "{observed}, which takes them for lost.",
    "returning.gaps": "From one purchase to the next, half the gaps are over after {days} days "
    "({span}). The gaps that did end had a median of {closed} days: customers who wait are not "
    "among them. Who is silent for longer is worth a message.",
    "returning.most_open": "More than half of the purchases had no next one yet. The gaps that did "
    "end had a median of {closed} days.",
    "returning.revenue": "In {period} the customers of the period before brought {grr} of their "
    "money again ({grr_span}), and {nrr} ({nrr_span}) with what some of them spent more.",
    "returning.figure": "Share of purchases followed by another, by days since",
    "returning.description": "A rising curve with its interval, open gaps counted as open, beside "
    "that of the gaps that ended. Points of the curve are in the table below.",
    "returning.curve": "Purchases followed by another",
    "returning.at_risk": "Gaps watched so long",
    "returning.table": "Second purchases",
    "returning.within_days": "Within days",
    "returning.n": "Customers",
    "returning.repeated": "Seen to buy again",
    "returning.rate": "Share, open ones counted",
    "returning.interval": "95% interval",
    "returning.note": "Kaplan-Meier estimates; a second purchase is one on another day. Rows end "
    "where fewer than 20 customers were watched so long without one.",
    "returning.revenue_table": "Revenue that comes again",
    "returning.start": "Revenue of the period before",
    "returning.grr": "Kept (GRR)",
    "returning.nrr": "Kept and grown (NRR)",
    "returning.revenue_note": "Kept: of each customer at most what the period before had. New and "
    "returned customers count in neither.",
    # Moves between segments.
    "moves.title": "Who moved between segments",
    "moves.best": {
        "one": "Of {n} customer in {segment} on {day}, {share} still are ({span}).",
        "other": "Of the {n} customers in {segment} on {day}, {share} still are ({span}).",
    },
    "moves.shifted": "More customers moved one way than the other: the sizes of the segments have "
    "changed by more than chance explains.",
    "moves.balanced": "The moves cancel out: chance alone can explain the change of the segments' "
    "sizes.",
    "moves.how": "Both days are scored with the limits of the earlier one, so the segments differ "
    "a little from those above, whose limits are today's.",
    "moves.figure": "Where the customers of each segment went, % of the row",
    "moves.description": "A grid of segments before against segments after; the diagonal holds "
    "those who stayed. Their shares are in the table below.",
    "moves.table": "Who stayed in each segment",
    "moves.segment": "Segment on {day}",
    "moves.n": "Customers",
    "moves.share": "Still there",
    "moves.interval": "95% interval",
    "moves.most_to": "Most of the others went to",
    "moves.most_share": "Share",
    # Concentration.
    "concentration.title": "How much hangs on how few",
    "concentration.lead": "The largest 1% of the customers bring {top_1} of the revenue and the "
    "largest 20% bring {top_20}; {eighty} of {n} customers bring 80%. The Gini coefficient is "
    "{gini} (0: all equal, 1: one has everything).",
    "concentration.figure": "Share of revenue against share of customers",
    "concentration.description": "A Lorenz curve that sags below the line of equality; the Gini "
    "coefficient is {gini}. Points of the curve are in the table below.",
    "lorenz.table": "Points of the curve",
    "lorenz.customers": "Customers, smallest first",
    "lorenz.value": "Revenue",
    "shares.table": "Revenue of the largest customers",
    "shares.top": "Largest",
    "shares.n": "Customers",
    "shares.value": "Revenue",
    "shares.share": "Share",
    "largest.table": "The {count} largest customers",
    "largest.customer": "Customer",
    "largest.revenue": "Revenue",
    "largest.share": "Share",
    "largest.orders": "Orders",
    "largest.recency_days": "Days since last order",
    "largest.note": "Customers are numbered by revenue; the report holds no name and no id.",
    # Customer value.
    "value.title": "What customers will be worth",
    "value.failed": "the models cannot be computed on these data ({reason})",
    "value.lead": "In the next 12 months the {n} customers of today are expected to spend {value}; "
    "with a probability of 80% it is {span}, if they go on as so far.",
    "value.alive": "About {share} of them are still customers. The most promising tenth brings "
    "{top} of what is expected.",
    "value.nearly_all": "The model sees hardly anybody leave: in a history like this a farewell "
    "cannot be told from a long pause. The most promising tenth brings {top} of what is expected.",
    "value.left_out": {
        "one": "{n} customer, whose repeat purchases came to nothing or less after refunds, is "
        "left out of these sums.",
        "other": "{n} customers, whose repeat purchases came to nothing or less after refunds, are "
        "left out of these sums.",
    },
    "value.check_low": "A test on the past: from what was known on {day}, the model expected "
    "{expected} of {n} customers in the {weeks} weeks since. They spent {actual}: the forecast was "
    "{error} too low. The model knows no season.",
    "value.check_high": "A test on the past: from what was known on {day}, the model expected "
    "{expected} of {n} customers in the {weeks} weeks since. They spent {actual}: the forecast was "
    "{error} too high. The model knows no season.",
    "value.check_nothing": "A test on the past: from what was known on {day}, the model expected "
    "{expected} of {n} customers in the {weeks} weeks since. They spent {actual}.",
    "value.made_of": "Of this error, the purchases were forecast {purchases} and the spend per "
    "purchase {spend} ({expected} instead of {actual}; before that day it was {before}).",
    "value.made_of_top": {
        "one": "The revenue of the customer of the highest forecast was forecast {top}, that of "
        "all others {others}.",
        "other": "The revenue of the {n} customers of the highest forecasts was forecast {top}, "
        "that of all others {others}.",
    },
    "value.too_low": "{error} too low",
    "value.too_high": "{error} too high",
    "value.young": "The history is too short to hold out {weeks} weeks, so this forecast has not "
    "been tested on the past.",
    "value.unchecked": "This forecast could not be tested on the last {weeks} weeks: {reason}.",
    "value.figure": "Expected revenue of the next 12 months by tenth of the customers",
    "value.description": "Ten bars, one for each tenth of the customers, the most promising on the "
    "left. The numbers are in the table below.",
    "value.tenths": "Customers in tenths by expected revenue of the next 12 months",
    "value.tenth": "Tenth",
    "value.n": "Customers",
    "value.probability_alive": "Still a customer",
    "value.expected_purchases": "Expected purchases",
    "value.expected_spend": "Expected per purchase",
    "value.value": "Expected revenue",
    "value.share": "Share",
    "value.interval": "80% interval",
    "value.top": "The {count} customers of the highest expected revenue",
    "value.check_table": "Forecast and outcome of the last {weeks} weeks",
    "value.measure": "Measure",
    "value.purchases": "Purchases",
    "value.per_purchase": "Spend per purchase",
    "value.revenue_top": {
        "one": "Revenue of the customer of the highest forecast",
        "other": "Revenue of the {n} customers of the highest forecasts",
    },
    "value.revenue_others": "Revenue of all others",
    "value.expected": "Expected",
    "value.actual": "Actual",
    "value.error": "Error",
    # Who will leave.
    "churn.title": "Who will leave",
    "churn.failed": "the model cannot be computed on these data ({reason})",
    "churn.lead": "Of the {n} customers who bought in the last 12 months, {expected} ({share}) are "
    "expected to buy nothing in the next {days} days; the luck of single customers alone makes it "
    "{span}. They stand for {at_risk} of the revenue of the last 12 months.",
    "churn.trust_later": "The model learnt on past days and was tested on {n} customers of later "
    "ones, {rate} ({span}) of whom left. Of one who left and one who stayed it put the right one "
    "first in {auc} ({right}) of the cases.",
    "churn.trust_others": "The history is too short to test the model on a later day; it was "
    "tested on {n} customers who did not teach it, {rate} ({span}) of whom left. Of one who left "
    "and one who stayed it put the right one first in {auc} ({right}) of the cases.",
    "churn.no_better": "On {n} customers who did not teach it, {rate} ({span}) of whom left, the "
    "model foretold no better than that rate for everybody. So no customer is named here, and the "
    "bands below say little.",
    "churn.pays": {
        "one": "If keeping a customer is worth the revenue of the last 12 months, an offer costs "
        "{offer} of it, a contact {contact}, and {acceptance} of those who would leave accept "
        "(terms of the literature: put your own in their place), a contact pays above a "
        "probability of {threshold}: for {n} customer, with an expected gain of {gain}.",
        "other": "If keeping a customer is worth the revenue of the last 12 months, an offer costs "
        "{offer} of it, a contact {contact}, and {acceptance} of those who would leave accept "
        "(terms of the literature: put your own in their place), a contact pays above a "
        "probability of {threshold}: for {n} customers, with an expected gain of {gain}.",
    },
    "churn.figure": "Share of the leavers reached against the share of customers contacted",
    "churn.description": "A curve above the line of contacting in random order: how many of those "
    "who left are among the highest probabilities. Its points are in the table below.",
    "churn.probability": "Probability to leave",
    "churn.n": "Customers",
    "churn.expected": "Expected to leave",
    "churn.revenue": "Revenue, 12 months",
    "churn.at_risk": "Of it at risk",
    "churn.bands": "Customers by their probability to buy nothing in the next 90 days",
    "churn.tenth": "Tenth, highest first",
    "churn.came": "Left",
    "churn.interval": "95% interval",
    "churn.captured": "Leavers reached so far",
    "churn.gains": "Customers tested, in tenths by probability",
    "churn.predicted": "Foretold",
    "churn.held": "Whether the probabilities held, on customers who did not teach the model",
    "churn.costliest": "The {count} customers with the most revenue at risk, of those for whom a "
    "contact pays",
    "churn.reason": "What speaks for it most",
    "churn.note": "A reason is what the history of a customer adds to the score, not a cause.",
    "churn.nothing": "nothing in particular",
    "churn.unknown": "unknown",
    "churn.because_recency_days": "last purchase {value} days ago",
    "churn.because_age_days": "customer for {value} days",
    "churn.because_purchases": "days with a purchase: {value}",
    "churn.because_money": "revenue of all time: {value}",
    "churn.because_mean_gap_days": "usually {value} days between purchases",
    "churn.because_recency_to_gap": "silent for {value} usual gaps",
    "churn.because_purchases_30d": "purchases of the last 30 days: {value}",
    "churn.because_purchases_90d": "purchases of the last 90 days: {value}",
    "churn.because_money_30d": "revenue of the last 30 days: {value}",
    "churn.because_money_90d": "revenue of the last 90 days: {value}",
    # What is bought together.
    "basket.title": "What is bought together",
    "basket.failed": "the pairs of items cannot be computed on these data ({reason})",
    "basket.lead": "{several} of {orders} orders hold two items or more; an order holds {mean} "
    "different items on average, half of them {median} or fewer.",
    "basket.looked_at": {
        "one": "One pair of items lies together in {least} orders or more and was looked at.",
        "other": "{pairs} pairs of items lie together in {least} orders or more and were looked "
        "at.",
    },
    "basket.no_pair": "No two items lie together in {least} orders or more, which is the least "
    "looked at.",
    "basket.claims": {
        "one": "Lift is above 1 for {lift} of them. That alone is no affinity: chance does it, and "
        "large orders hold a bit of everything. Measured against orders of the same sizes, {real} "
        "is bought together more often than chance explains; the risk that it is chance is about "
        "5%.",
        "other": "Lift is above 1 for {lift} of them. That alone is no affinity: chance does it, "
        "and large orders hold a bit of everything. Measured against orders of the same sizes, "
        "{real} are bought together more often than chance explains; the risk that any of these is "
        "chance is about 5%.",
    },
    "basket.claims_none": "Lift is above 1 for {lift} of them. That alone is no affinity: chance "
    "does it, and large orders hold a bit of everything. Measured against orders of the same "
    "sizes, no pair is bought together more often than chance explains.",
    "basket.best": "The one with the most orders beyond those expected: of the {n} orders with "
    "“{item}”, {share} hold “{other}”, too. That is {count} orders, where their "
    "sizes alone would bring {expected}.",
    "basket.unnamed": {
        "one": "{n} row names no item and is left out here.",
        "other": "{n} rows name no item and are left out here.",
    },
    "basket.huge": {
        "one": "{n} order of more than {most} items is left out here: wholesale or bookkeeping "
        "rather than a basket.",
        "other": "{n} orders of more than {most} items are left out here: wholesale or "
        "bookkeeping rather than baskets.",
    },
    "basket.single": "Every order holds a single item, so nothing is bought together. If orders "
    "of several items are split over numbers or rows, name the column of the order.",
    "basket.few": {
        "one": "{n} order holds two items or more; at least {needed} are needed to tell affinity "
        "from chance.",
        "other": "{n} orders hold two items or more; at least {needed} are needed to tell affinity "
        "from chance.",
    },
    "basket.no_item": "No row used names an item.",
    "basket.figure": "How much of each pair's lift is left once the sizes of orders are known",
    "basket.description": "A point per pair of items: lift on the horizontal axis, lift adjusted "
    "for the sizes of orders on the vertical one. Points below the diagonal owe part of their lift "
    "to large orders. Some of them are in the table below.",
    "basket.pairs": "Pairs that stand: the {count} with the most orders beyond those expected",
    "basket.points": "{count} of the pairs, from the highest lift to the lowest",
    "basket.claimed": "Not proven, whatever the lift: the {count} highest lifts that do not stand",
    "basket.item": "Who buys",
    "basket.other": "also buys",
    "basket.count": "Orders with both",
    "basket.confidence": "Share",
    "basket.expected_count": "Expected",
    "basket.size_adjusted_lift": "Times expected",
    "basket.lift": "Lift",
    "basket.p": "p",
    "basket.note": "Share: of the orders with the first item. Expected: in orders of these sizes, "
    "were the items drawn by popularity alone. p: the chance of so many among pairs that lie in as "
    "many orders as were asked for, corrected for all of these (Holm); for a pair barely in that "
    "many it is near 1, whatever its lift.",
    # Leads.
    "prospects.title": "Which prospect becomes a customer",
    "prospects.lead": {
        "one": "Of {n} lead at least {days} days old, {rate} became customers within {days} days "
        "(95% interval {span}).",
        "other": "Of {n} leads at least {days} days old, {rate} became customers within {days} "
        "days (95% interval {span}).",
    },
    "prospects.young": {
        "one": "{n} lead is younger: what becomes of it is not known yet, and counts neither way.",
        "other": "{n} leads are younger: what becomes of them is not known yet, and counts neither "
        "way.",
    },
    "prospects.best": "Of the leads that the score puts in tier {tier}, {rate} converted ({span}), "
    "judged by models that had not seen them.",
    "prospects.constant": "No model tells these leads apart better than one rate for all: there is "
    "no score, and no tier.",
    "prospects.left_out": {
        "one": "{n} column was left out of the score, as it may have been written when the outcome "
        "was known: {names}.",
        "other": "{n} columns were left out of the score, as they may have been written when the "
        "outcome was known: {names}.",
    },
    "prospects.figure": "Share of leads that have become customers by each day",
    "prospects.description": "Steps over the days since a lead came in, a line per source with its "
    "95% interval.",
    "prospects.table": "Converted by the last day that was seen",
    "prospects.tiers": "Tiers of the score",
    "prospects.source": "Source",
    "prospects.n": "Leads",
    "prospects.conversion": "Converted",
    "prospects.interval": "95% interval",
    "prospects.tier": "Tier",
    "prospects.rate": "Converted",
    "prospects.expected": "Expected",
    "prospects.note": "A: the best fifth of the leads, B: the next three tenths, C: the others.",
    # What goes with spend.
    "power.title": "What goes with buying power",
    "power.lead": "The others equal, customers with {characteristic} {level} spend {effect} times "
    "what those with {base} spend (95% interval {span}).",
    "power.keep": {
        "one": "{n} characteristic tells of spend: {names}.",
        "other": "{n} characteristics tell of spend: {names}.",
    },
    "power.redundant": {
        "one": "{n} tells nothing beyond these: {names}.",
        "other": "{n} tell nothing beyond these: {names}.",
    },
    "power.ignore": {
        "one": "{n} can be ignored: {names}.",
        "other": "{n} can be ignored: {names}.",
    },
    "power.figure": "Spend by level, times that of the base, the other characteristics equal",
    "power.description": "A point per level with its 95% interval on a logarithmic axis; grey "
    "points are the bases.",
    "power.levels": "Levels of the characteristics that tell of spend",
    "power.table": "Verdicts",
    "power.characteristic": "Characteristic",
    "power.level": "Level",
    "power.n": "Customers",
    "power.mean": "Mean spend",
    "power.effect": "Times the base",
    "power.interval": "95% interval",
    "power.verdict": "Verdict",
    "power.verdict.keep": "keep",
    "power.verdict.redundant": "redundant",
    "power.verdict.ignore": "ignore",
    "power.share_alone": "Explains alone",
    "power.share_added": "Adds",
    "power.twin": "In its place",
    "power.note": "Shares of the variance of spend between customers (deviance). What goes with "
    "spend need not cause it.",
    # Forecast.
    "forecast.title": "What comes next",
    "forecast.point": "For {period} the forecast is {forecast}. The history is too short to say "
    "how sure that is.",
    "forecast.lead": "For {period} the forecast is {forecast}; with a probability of 80% sales "
    "lie in the range {span}.",
    "forecast.basis": {
        "one": "The intervals rest on {n} difference between past forecasts and sales.",
        "other": "The intervals rest on {n} differences between past forecasts and sales.",
    },
    "forecast.open": "{period} is not over: it is forecast as a whole, and what was sold in it so "
    "far is not used.",
    "forecast.missed": {
        "one": "In the one period that could have been forecast so, the error was {error} of "
        "sales.",
        "other": "Over the {n} past periods that could have been forecast so, the errors add up to "
        "{error} of sales.",
    },
    "forecast.figure": "Revenue by period and its forecast",
    "forecast.description": "A line of past revenue, followed by the forecast of {count} periods "
    "with a fan of 80% and 95% intervals. The numbers are in the tables below.",
    "forecast.table": "Forecast",
    "forecast.history": "Revenue so far",
    "forecast.forecast": "Forecast",
    "forecast.low_80": "80% low",
    "forecast.high_80": "80% high",
    "forecast.low_95": "95% low",
    "forecast.high_95": "95% high",
    "forecast.status": "Status",
    # The deals.
    "pipeline.title": "What the deals will bring",
    "pipeline.lead": "In {period} the deals are expected to bring {expected}; with a probability "
    "of 80% it lies in the range {span}.",
    "pipeline.sources": {
        "one": "Of the {total} expected, {already_won} are won already, {open} come from the "
        "{deals} open deals, {new} from deals still to be created.",
        "other": "Of the {total} expected over {n} {units}, {already_won} are won already, {open} "
        "come from the {deals} open deals, {new} from deals still to be created.",
    },
    "pipeline.past": {
        "one": "At the end of one past period such a forecast of the next one would have missed "
        "{error} of what was won. Open deals times the share won so far, the usual arithmetic, "
        "would have missed {weighted}, repeating the period before {naive}.",
        "other": "At the end of each of {n} past periods such forecasts of the next one would "
        "have missed {error} of what was won. Open deals times the share won so far, the usual "
        "arithmetic, would have missed {weighted}, repeating the period before {naive}.",
    },
    "pipeline.untried": "The history of deals is too short to try the forecast on the past.",
    "pipeline.figure": "What the deals will bring by period",
    "pipeline.description": "A point for the expected revenue of each of {count} periods within a "
    "bar for its 80% interval. The numbers are in the table below.",
    "pipeline.table": "Forecast from the deals",
    "pipeline.expected": "Expected",
    "pipeline.low_80": "80% low",
    "pipeline.high_80": "80% high",
    "pipeline.already_won": "Already won",
    "pipeline.open": "Open deals",
    "pipeline.new": "New deals",
    "pipeline.open_deals": "Open deals on which most hangs",
    "pipeline.deal": "Deal {number}",
    "pipeline.deal_name": "Deal",
    "pipeline.age_days": "Age, days",
    "pipeline.value": "Value",
    "pipeline.p_won": "Won by then",
    "pipeline.p_lost": "Lost by then",
    "pipeline.expected_value": "Expected",
    "pipeline.reading": "Deals read and left out",
    "pipeline.what": "What",
    "pipeline.deals": "Deals",
    "pipeline.read": "Read",
    "pipeline.no_deal": "Without an id",
    "pipeline.repeated": "Repeating an id",
    "pipeline.created": "Without a readable date of creation",
    "pipeline.after_as_of": "Created after the day of the analysis",
    "pipeline.outcome": "With another outcome than won, lost or none",
    "pipeline.not_closed": "Won or lost without a date",
    "pipeline.early": "Closed before they were created",
    "pipeline.no_amount": "Open or won without an amount",
    "pipeline.kept": "Used",
    "status.ok": "The forecast is the mean of several methods of exponential smoothing.",
    "status.short_history": "The history is shorter than two seasons, so the season is unknown: "
    "the forecast is a level and its trend.",
    "status.too_short": "There is one whole period only: its value is repeated.",
    "status.constant": "All periods are equal: their value is repeated.",
    "status.intermittent": "Most periods hold no sales: the forecast is a mean rate per period.",
    "status.refused": "No method gave a finite number: the last value is repeated.",
    "status.ended": "The last periods hold no sales: look whether they ended for good.",
    "status.gaps": "Some past periods have no value; they were passed over.",
    "status.empty": "No period has a value.",
    # The five questions.
    "questions.title": "Which questions this report answers",
    "answered.yes": "Yes",
    "answered.part": "In part",
    "answered.no": "Not here",
    "questions.power": "How does buying power depend on what we know of a client?",
    "questions.power.yes": "See what goes with buying power, above.",
    "questions.power.no": "Needs a table of customers with what is known of them: region, trade, "
    "size.",
    "questions.mailing": "Who needs another mailing?",
    "questions.mailing.part": "The segments say who is slipping away and who bought just once, "
    "“Who will leave” for whom a contact pays. Who buys because of a mailing takes records of past "
    "mailings with a control group.",
    "questions.mailing.part.items": "The segments say who is slipping away and who bought just "
    "once, “Who will leave” for whom a contact pays, and “What is bought together” what to offer "
    "them. Who buys because of a mailing takes records of past mailings with a control group.",
    "questions.prospect": "Which prospect becomes a customer?",
    "questions.prospect.yes": "See which prospect becomes a customer, above.",
    "questions.prospect.no": "Needs a table of leads with their outcome.",
    "questions.ignore": "Which characteristics can be ignored?",
    "questions.ignore.yes": "See the verdicts under what goes with buying power, above.",
    "questions.ignore.no": "Needs a table of customers or leads with their characteristics.",
    "questions.next": "What will sales be next month?",
    "questions.next.yes": "See “What comes next”: a forecast with its intervals.",
    "questions.next.part": "See “What comes next”: a forecast, but the history is too short for an "
    "interval.",
    "questions.next.no": "The history is too short for any forecast.",
    # Method.
    "method.title": "Method, parameters and versions",
    "method.orders": "An order is what bears one order number; it belongs to the period of its "
    "first row.",
    "method.days": "The table has no order numbers: what a customer buys on one day is one order.",
    "method.rfm": "Recency is the days since the last order, frequency the number of orders, money "
    "their sum. Scores from 1 to 5 are cut at quintiles; the segments are those of the map "
    "“{segment_map}”.",
    "method.cohorts": "A cohort is the customers whose first order lies in one period; a customer "
    "is active in a later period if they bought in it.",
    "method.growth": "New: first order in the period. Retained: bought in the period before, too. "
    "Resurrected: bought before, but not in the period before. Churned: bought in the period "
    "before and not in this one.",
    "method.concentration": "The Gini coefficient and the shares count a customer whose refunds "
    "exceed the purchases as 0.",
    "method.worth": "Expected revenue is that of customers who have bought before, not discounted: "
    "purchases by the MBG/NBD model (NBD where no dropout is visible), what is bought on one day "
    "being one purchase, times the spend per purchase by the gamma-gamma model. Customers are "
    "expected to go on as so far; season and new customers are not in it.",
    "method.churn": "Who leaves: a logistic model with splines on what was known of each customer "
    "strictly before several past days (days since the last purchase, purchases and revenue in "
    "several windows, usual gap), of buying nothing in the 90 days after; tested on days whose "
    "past was over when it learnt, and on other customers. Nothing is resampled or weighted.",
    "method.basket": "Pairs of items are tested against orders of the same sizes into which the "
    "items fall by popularity (maximum entropy; crmlytics' own synthesis of published parts), the "
    "p-values, which allow for the least number of orders that a pair must lie in, adjusted by "
    "Holm's method for all pairs that reach it.",
    "method.forecast": "The forecast is the mean of five methods of exponential smoothing (of "
    "fewer where the history is short or sales are rare); its intervals are quantiles of the "
    "errors that the same forecast would have made in the past, or Student's t where these are "
    "few.",
    "method.intervals": "Intervals have a confidence of 95% unless they say otherwise: Wilson's "
    "for shares, Student's t for means.",
    "method.parameters": "Parameters",
    "method.parameter": "Parameter",
    "method.value": "Value",
    "method.versions": "Versions",
    "method.library": "Library",
    "method.version": "Version",
}
