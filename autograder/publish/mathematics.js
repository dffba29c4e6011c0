"use strict";
// Formulas are MathML, which browsers set by themselves. One that cannot, or that has no font whose brackets grow, gets MathJax.
{
  const trial = document.createElement("div");
  trial.style.cssText = "position: absolute; visibility: hidden";
  trial.innerHTML = '<math><mrow><mo id="mathematics-trial">(</mo><mspace height="60px" depth="60px" width="1px"></mspace></mrow></math>';
  document.body.append(trial);
  const grown = document.getElementById("mathematics-trial").getBoundingClientRect().height > 80;
  trial.remove();
  if (!grown) {
    const script = document.createElement("script");
    script.src = `${document.documentElement.dataset.content_root || "./"}mathjax/tex-mml-chtml.js`;
    document.head.append(script);
  }
}
