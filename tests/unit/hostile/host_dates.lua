-- expect: budget of instructions
local i = 0
while true do
  i = i + 1
  pcall(date.format, 0, "EEEE " .. i, "Europe/Vienna")
end
