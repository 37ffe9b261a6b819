-- expect: stopped
local s = "aaaaaaaaaaaaaaaa"
while true do s = s:gsub(".", "%0%0") end
