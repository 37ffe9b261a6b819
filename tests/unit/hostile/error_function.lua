-- expect: an error without a text was raised
error(function() while true do end end)
