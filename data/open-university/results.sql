-- One result per assessment passed: scored 40 or more, and not banked from an earlier attempt.
-- The first one counts as the student's result; the day is the day of submission.
select
    code_module || ' ' || code_presentation || ' ' || id_student as customer_id,
    make_date(
        cast(left(code_presentation, 4) as integer),
        case right(code_presentation, 1) when 'B' then 2 else 10 end,
        1
    ) + try_cast(date_submitted as integer) as reached_on,
    assessment_type as result,
    try_cast(score as double) as value
from student_assessment
join assessments using (id_assessment)
join student_info using (code_module, code_presentation, id_student)
join student_registration using (code_module, code_presentation, id_student)
where
    try_cast(score as double) >= 40
    and try_cast(is_banked as integer) = 0
    and (final_result <> 'Withdrawn' or try_cast(date_unregistration as integer) > 0)
