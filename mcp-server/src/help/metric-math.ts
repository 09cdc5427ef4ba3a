export const METRIC_MATH = `For the expression of a query in get_metric_data. An expression names other queries by their id (m1, m2, e1).

ARITHMETIC  + - * / ^ and parentheses, point by point
m1 / m2 * 100                                 error rate in percent
IF(m2 > 0, m1 / m2 * 100, 0)                  without dividing by nothing
(m1 + m2) / 2

OVER TIME
RATE(m1) per second    DIFF(m1) change since the point before    RUNNING_SUM(m1)    PERIOD(m1) seconds per point
FILL(m1, 0)  FILL(m1, REPEAT)  FILL(m1, LINEAR)   for points that are missing: without it the result misses them too

OVER SEVERAL SERIES
SUM([m1, m2])  AVG(METRICS())  MAX(METRICS("lambda"))   METRICS(text) takes the ids that hold the text
SORT(METRICS(), AVG, DESC, 10)   the ten largest      SLICE(x, 0, 3)      REMOVE_EMPTY(x)
Given one series instead of a list, SUM, AVG, MIN, MAX, STDDEV give one figure for the whole range.

LOGIC  AND OR, comparisons give 1 or 0; IF(condition, yes, no); MINUTE() HOUR() DAY() of each point

BAND  ANOMALY_DETECTION_BAND(m1, 2)   the expected range, two deviations wide

SEARCH  many metrics without naming each; gives up to 100 series
SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors" shop', 'Sum')
{namespace, dimension names}, then terms: a word matches part of a name; "exact"; OR, NOT.

METRICS INSIGHTS  SQL over metrics of the last two weeks; one such query in a call
SELECT SUM("Errors") FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName ORDER BY SUM() DESC LIMIT 10
SELECT AVG(CPUUtilization) FROM "AWS/EC2" WHERE InstanceType = 't3.micro'
AVG SUM MIN MAX COUNT; names with / or other characters in double quotes, values in single quotes; WHERE knows = != AND OR.
SCHEMA("namespace", dimensions) takes metrics with exactly these dimensions; a bare namespace takes all, which may count twice.`
