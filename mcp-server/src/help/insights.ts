export const INSIGHTS = `Commands are joined by | and run from left to right. The time range is an argument of the call, not part of the query.

FIELDS
@timestamp, @message, @logStream, @log (account:group), @ingestionTime exist everywhere. Fields of JSON messages are found by
themselves: user.id, items.0.sku. A name with other characters than letters, digits, _ . @ goes in backquotes: \`x-request-id\`.

COMMANDS
fields @timestamp, level, concat(a, "-", b) as both     choose or make fields
display a, b                                            show only these, at the end
filter level = "ERROR" and status >= 500                keep events
filterIndex traceId = "abc"                             keep events, and scan only those that the field index names
parse @message "user=* took * ms" as user, ms           pick parts by wildcard
parse @message /took (?<ms>\\d+) ms/                      pick parts by named groups
stats count(*) as n, avg(ms), pct(ms, 99) by bin(5m), level
sort n desc
limit 20
dedup requestId                                         the first event per value, by the current sort order
pattern @message                                        group messages by shape: @pattern, @sampleCount, @ratio
diff previousDay                                        patterns, compared with those of the day (week, month) before
anomaly                                                 after pattern: what is unusual
unnest items into item                                  one event per element of a list
SOURCE logGroups(namePrefix: ["/shop/"])                first command: choose log groups by prefix, class or account

CONDITIONS
= != < <= > >=    and or not    in ["a", "b"]    not in [...]
@message like "exact text"     @message like /reg(ex)?/     /(?i)ignore case/     not like
ispresent(f)  isempty(f)  isblank(f)  strcontains(f, "x")  isIpv4InSubnet(ip, "10.0.0.0/8")
Texts go in quotes, numbers do not. Comparison is case-sensitive.

FUNCTIONS
Sums: count(*) count_distinct(f) sum avg min max pct(f, 95) stddev earliest(f) latest(f)
Time: bin(1m) bin(1h) datefloor(@timestamp, 1d) fromMillis(n) toMillis(@timestamp)
Text: strlen tolower toupper trim substr(s, from, length) replace(s, "a", "b") concat coalesce(a, b)
Numbers: abs ceil floor greatest least sqrt log

EXAMPLES
filter @message like /(?i)error/ | fields @timestamp, @message | sort @timestamp desc | limit 20
filter level = "ERROR" | stats count(*) as errors by bin(5m)
stats pct(durationMs, 50) as p50, pct(durationMs, 99) as p99, max(durationMs) by route | sort p99 desc | limit 10
filter status >= 500 | stats count(*) as n by path, status | sort n desc | limit 20
filter @type = "REPORT" | stats max(@maxMemoryUsed / 1024 / 1024) as usedMb, avg(@duration) by @log

COST AND LIMITS
All data of the log groups in the range is scanned, whatever the filter; only filterIndex, and = or in on an indexed field, skip
data. Prefer stats to raw rows. Log groups of the class INFREQUENT_ACCESS know no pattern, diff and filterIndex.`
