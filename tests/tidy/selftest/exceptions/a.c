	int a;
