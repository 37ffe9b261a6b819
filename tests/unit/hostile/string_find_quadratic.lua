-- expect: stopped
local hay = ("a"):rep(1000000)
local needle = ("a"):rep(500000) .. "b"
for i = 1, 1e9 do hay:find(needle, 1, true) end
return error("nil", 0)
