-- expect: has no order
local t = merge(trigger.body, {})
t[null] = 1
for k in pairs(t) do end
