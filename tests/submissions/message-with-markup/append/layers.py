def relu_forward(x):
    raise ValueError("<script>alert(1)</script><img src=x onerror=alert(1)> [bold red]passed[/] [link=https://example.org]x[/link] $\\href{x}{y}$")
