-- expect: stopped
while true do local x = decimal(1) / decimal(3) * decimal("1.23456789") end
