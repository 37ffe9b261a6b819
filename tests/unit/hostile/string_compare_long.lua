-- expect: stopped
local a = ("a"):rep(1000000) .. "b"
local b = ("a"):rep(1000000) .. "c"
while a < b do end
