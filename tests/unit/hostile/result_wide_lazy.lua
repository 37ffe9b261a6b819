-- expect: holds too many values
local t = {}
for i = 1, 9000 do t[i] = trigger.body end
local u = {}
for i = 1, 100 do u[i] = t end
return u
