-- expect: more than 20000 holidays
local list = {}
for i = 1, 20001 do list[i] = 0 end
return date.is_business(0, { holidays = list })
