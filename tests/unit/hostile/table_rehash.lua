-- expect: stopped
local t = {}
for i = 1, 65536 do t["k" .. i] = i end
local i = 0
while true do
  i = i + 1
  t["k" .. i] = nil
  t["n" .. i] = i
end
