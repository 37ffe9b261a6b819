-- expect: an error without a message was raised
error({ __tostring = function() while true do end end })
