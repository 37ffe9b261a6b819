-- expect: budget of instructions
pcall(function() while true do end end)
return "still here"
