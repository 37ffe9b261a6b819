-- expect: stopped
local s = (","):rep(1000000)
while true do text.split(s, ",") end
