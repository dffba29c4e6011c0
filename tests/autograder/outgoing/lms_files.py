"""Files of marks as the systems export them; the README next to this file gives the source of each form."""

from __future__ import annotations

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,First (4711),Essay (4712),Assignments Current Score,Final Score\n"
    ",,,,,,Manual Posting,,,\n"
    "    Points Possible,,,,,,{maximum},20.00,(read only),(read only)\n"
    '"Doe, Jane",101,u1,jane,"Tutorial 1",,,12.50,60.0,50.0\n'
    '"Roe, Richard",102,u2,rich,"Tutorial 1 and Tutorial 2",hello,EX,,,\n'
    '"Poe, Edgar",103,u3,edgar,Tutorial 2,,3.00,,,\n'
    '"Student, Test",999,,8c1f0b,Tutorial 1,,,,,\n'
)
CANVAS_SEMICOLONS = (
    "\ufeffStudent;ID;SIS User ID;SIS Login ID;Section;First (4711)\r\n"
    "    Points Possible;;;;;13,00\r\n"
    "Doe, Jane;101;u1;jane;Tutorial 1;\r\n"
    '"Poe; Edgar";103;u3;edgar;Tutorial 2;3,00\r\n'
)
MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments\n"
    'Participant 5001,Jane Doe,u1,jane@example.org,Submitted for grading,,{maximum},Yes,"Friday, 2 October 2026, 12:30 PM",-,\n'
    "Participant 5002,Richard_von Roe,,rich@example.org,No submission,-,{maximum},Yes,-,-,\n"
    'Participant 5003,Edgar Poe,,poe@elsewhere.example,Submitted for grading,2.00,{maximum},Yes,-,-,"Well, done"\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,First Points Grade <Numeric MaxPoints:13 Weight:10>,End-of-Line Indicator\n"
    "#20067930,#jane,Doe,Jane,,#\n"
    "#20067931,#edgar,Poe,Edgar,1,#\n"
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"\t"First [Total Pts: 13 Score] |12345"\t"Total |7"\n'
    '"Doe"\t"Jane"\t"jane"\t"u1"\t"Yes"\t""\t"0"\n'
    '"Poe"\t"Edgar"\t"edgar"\t"u3"\t"Yes"\t"1"\t"1"\n'
)
