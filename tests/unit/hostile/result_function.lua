-- expect: is a function
return { f = print }
