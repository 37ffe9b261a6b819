-- expect: stopped
local t = {}
for i = 1, 1000 do t[i] = i end
while true do json.encode(t) end
