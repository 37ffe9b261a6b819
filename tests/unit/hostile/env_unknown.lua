-- expect: do you mean 'trigger'?
return triger.body
