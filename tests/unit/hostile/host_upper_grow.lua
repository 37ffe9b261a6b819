-- expect: stopped
local s = "ΐ"
while true do s = text.upper(s .. s) end
