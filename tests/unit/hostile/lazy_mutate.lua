-- result: {"a":2,"new":1}
local body = trigger.body
for _, k in ipairs(keys(body)) do body[k] = nil end
body.a = 2
body.new = 1
return body
