-- result: true
local seen = 0
for k, v in pairs(trigger.body) do
  if type(k) ~= "string" then seen = seen + 1 end
end
local k = nil
repeat
  k = next(trigger.body, k)
  if k ~= nil and type(k) ~= "string" then seen = seen + 1 end
until k == nil
for _, k in ipairs(keys(trigger.body)) do if type(k) ~= "string" then seen = seen + 1 end end
return seen == 0
