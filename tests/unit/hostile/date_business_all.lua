-- expect: budget of instructions
local all = {}
for i = 1, 20000 do all[i] = i * 86400000 end
while true do date.add_business(0, 1, { holidays = all, weekend = {} }) end
