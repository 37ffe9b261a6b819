-- expect: stopped
local function f(n)
    if n > 0 then return (f(n - 1)) end
    while true do pcall(error) end
end
f(9000)
