-- result: ["table","function","function"]
return { tostring({}), tostring(print), tostring(function() end) }
