# Packs your work into one zip beside this notebook, and says what is still open. Save the notebook first.
from coursenn.submit import submit

submit();
