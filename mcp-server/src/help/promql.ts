export const PROMQL = `PromQL over CloudWatch metrics, through query_promql. promql_labels finds metric names, labels and their values.

SELECT
http_requests_total                                     the latest value of every series of the metric
http_requests_total{job="shop", status=~"5.."}          = != exact, =~ !~ regular expression for the whole value
{"aws.lambda.errors", FunctionName="checkout"}          names with dots or slashes stand in quotes inside the braces
http_requests_total[5m]                                 the values of five minutes, for functions over time
http_requests_total offset 1d                           as it was a day ago

OVER TIME
rate(x[5m])  increase(x[1h])          of counters, which only grow
avg_over_time(x[1h])  max_over_time  min_over_time  sum_over_time  count_over_time    of gauges
histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))

OVER SERIES
sum by (status) (x)    avg without (pod) (x)    max  min  count  topk(5, x)  bottomk(5, x)  quantile(0.9, x)

ARITHMETIC  + - * / % ^ ; comparisons keep the series for which they hold: x > 100
sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) * 100
on (label), ignoring (label), group_left pair series whose labels differ.

LIMITS
A query must name a metric. It may reach over 7 days and give 500 series; it runs 20 s at most. Beyond that the result is cut
and a warning says so. Metrics of AWS services show only where OpenTelemetry enrichment is switched on for the account;
otherwise use get_metric_data. Step: about the range divided by 100, not below 60 s.`
