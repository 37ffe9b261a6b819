-- expect: holds too many values
local t = {}
for i = 1, 24 do t = { t, t } end
return t
