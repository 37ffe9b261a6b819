-- result: 1000
local t = {}
for i = 1, 1000 do t[i] = i end
local n = 0
table.sort(t, function() n = n + 1 return n % 3 == 0 end)
return #t
