export const PPL = `language: ppl, with logGroups as for Insights. Commands are joined by | and run from left to right.

fields \`@timestamp\`, \`@message\`                       choose fields
where level = 'ERROR' and status >= 500               keep events
where like(\`@message\`, '%timeout%')                   part of a text; % stands for anything
stats count() as n, avg(ms) by level                  sums
stats count() by span(\`@timestamp\`, 5m)               per five minutes
eval seconds = ms / 1000                              make a field
parse \`@message\` 'user=(?<user>\\w+)'                  pick parts by named groups
sort - n                                              descending; + ascending
head 20                                               the first rows
dedup requestId                                       one event per value
top 5 path      rare path                             most and least frequent values
rename a as b   fillnull with 0 in ms                 tidy up
eventstats avg(ms) by route                           the sum beside every event

RULES
Texts in single or double quotes; names such as @message in backquotes. Comparison is case-sensitive.
count() distinct_count(f) sum avg min max percentile(f, 95) stddev_samp
isnull(f) isnotnull(f) length lower upper concat substring replace trim; abs round floor ceil
One query returns at most 10,000 rows. PPL needs log groups of the class STANDARD. Costs as with Insights.

EXAMPLES
where level = 'ERROR' | stats count() as errors by span(\`@timestamp\`, 5m)
where status >= 500 | stats count() as n by path | sort - n | head 10`
