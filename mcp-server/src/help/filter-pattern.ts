export const FILTER_PATTERN = `The pattern of filter_log_events. Case-sensitive. Not Insights syntax: no pipes, no like.

TEXT
ERROR                       events that hold the word
ERROR timeout               both, in any order
"connection refused"        these characters as they are; needed for anything but letters, digits and _
?ERROR ?WARN                one or the other; do not mix ? with other terms, those would not count
ERROR -expected             the first without the second
%status=5\\d\\d%              regular expression between % signs (a subset: no groups of capture, no backward references)

JSON (the whole message is one JSON object)
{ $.level = "ERROR" }                       equal
{ $.status >= 500 && $.path = "/api/*" }    and; * stands for anything in a text
{ $.status = 500 || $.status = 503 }        or; parentheses group
{ $.user.id != 7 }                          inside objects; numbers need no quotes
{ $.items[0].sku = "A1" }                   inside lists
{ $.error = "*" }                           has the field, with any text; { $.error NOT EXISTS } has it not
{ $.error IS NULL }   { $.retry IS TRUE }
{ $.message = %time.?out% }                 regular expression

FIELDS BETWEEN SPACES
[ip, user, time, request, status = 5*, bytes > 1000]     name all fields in order; brackets and quotes hold a field together
[..., status = 500, bytes]                               skip the first ones

An event that is not JSON never matches a { } pattern. Start with one word and narrow down.`
