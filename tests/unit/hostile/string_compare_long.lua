-- expect: stopped
local a = ("a"):rep(100000) .. "b"
local b = ("a"):rep(100000) .. "c"
while a < b do end
