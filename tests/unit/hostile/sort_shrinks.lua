-- result: 64
local t = {}
for i = 1, 64 do t[i] = 64 - i end
table.sort(t, function(a, b) for i = 1, 64 do t[i] = nil end return a < b end)
return #t
