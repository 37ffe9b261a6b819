-- expect: stopped
local function f() pcall(f) pcall(f) return ("a"):rep(30) end
f()
