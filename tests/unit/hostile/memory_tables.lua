-- expect: stopped
local t = {}
while true do t = { t, t, t, t } t[5] = { t } end
