-- result: 3
local t = { a = 1, b = 2, c = 3 }
local n = 0
for k in pairs(t) do
  n = n + 1
  for i = 1, 100 do t[k .. i] = i end
  t[k] = nil
end
return n
