export const SQL = `language: sql. The log groups stand in the query, in backquotes; the time range is an argument of the call.

SELECT \`@timestamp\`, \`@message\` FROM \`/shop/checkout\` WHERE level = 'ERROR' ORDER BY \`@timestamp\` DESC LIMIT 20
SELECT level, COUNT(*) AS n FROM \`/shop/checkout\` GROUP BY level ORDER BY n DESC
SELECT a.orderId, b.status FROM \`/shop/checkout\` AS a INNER JOIN \`/shop/payment\` AS b ON a.orderId = b.orderId
SELECT COUNT(*) FROM \`logGroups(logGroupIdentifier: ['/shop/checkout', '/shop/payment'])\` WHERE status >= 500

RULES
Texts in single quotes; names with other characters than letters, digits and _ in backquotes: \`@message\`, \`user.id\`.
WHERE: = <> < <= > >= AND OR NOT IN (...) BETWEEN LIKE '%part%' IS NULL IS NOT NULL
GROUP BY, HAVING, ORDER BY, LIMIT, DISTINCT, CASE WHEN, INNER and LEFT JOIN, subqueries in WHERE.
COUNT SUM AVG MIN MAX; CONCAT LOWER UPPER LENGTH SUBSTRING TRIM REGEXP_EXTRACT; ROUND ABS FLOOR CEIL; CAST(x AS DOUBLE).
One query returns at most 10,000 rows; results cannot be paged further.
A log group of another account is named by its ARN. SQL needs log groups of the class STANDARD.
It costs what the scanned log groups hold in the range, as with Insights; a JOIN scans both sides.`
