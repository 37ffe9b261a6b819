-- expect: budget of instructions
return text.ascii(("Ж"):rep(500000))
