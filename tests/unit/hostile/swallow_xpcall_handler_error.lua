-- expect: second
xpcall(error, function() error("second", 0) end, "first")
