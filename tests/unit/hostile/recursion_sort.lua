-- expect: C stack overflow
local function f(a, b) table.sort({ 2, 1, 3 }, f) return a < b end
f(1, 2)
