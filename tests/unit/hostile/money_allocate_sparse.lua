-- expect: weight 2 is nil, not a number
return money(1, "USD"):allocate({ 1, nil, 3 })
