-- expect: stopped
local f = ("%99s"):rep(5000)
local t = {}
for i = 1, 5000 do t[i] = "x" end
while true do local s = f:format(table.unpack(t)) end
